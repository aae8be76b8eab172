/*
 * recordings.c
 *		The sound of a call, passed through to its owner.
 */
#include "api/recordings.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/sql_reply.h"
#include "base/must.h"
#include "base/sid.h"
#include "database/media.h"
#include "door/share.h"
#include "http/range.h"
#include "http/stream.h"
#include "settings/config.h"
#include "twilio/sound.h"

#define STREAMS_MAX 16 /* each has a thread and a handle, for as long as it takes */
#define STREAMS_OF_USER_MAX 4
#define STORED_AS_SIZE 256

static atomic_int streams;

/* What is to be played. */
typedef struct Track
{
	Share share;
	char recording_sid[SID_SIZE];
	char stored_as[STORED_AS_SIZE]; /* empty: it is at Twilio */
} Track;

/* On its way: where the source sends all though a part was asked for, the rest is left out here. */
typedef struct Playing
{
	const HttpRequest *request;
	HttpReply *reply;
	bool begun;
	bool has_range;
	ByteRange range;
	long long skip; /* bytes before the part */
	long long left; /* bytes of it that are still to come; -1: all that comes */
} Playing;

static bool
begin_whole(Playing *playing, const SoundHead *head)
{
	HttpReply *reply = playing->reply;
	long long length = head->length;

	reply->status = 200;
	playing->left = -1;
	if (playing->has_range && length >= 0)
	{
		if (!range_resolve(&playing->range, length))
			return false;
		reply->status = 206;
		http_add_header(reply, "Content-Range", "bytes %lld-%lld/%lld", playing->range.first,
		                playing->range.last, length);
		playing->skip = playing->range.first;
		playing->left = playing->range.last - playing->range.first + 1;
		length = playing->left;
	}
	playing->begun = true;
	return stream_begin(playing->request, reply, length);
}

static bool
begin_part(Playing *playing, const SoundHead *head)
{
	http_add_header(playing->reply, "Content-Range", "%s", head->range);
	playing->reply->status = 206;
	playing->left = -1;
	playing->begun = true;
	return stream_begin(playing->request, playing->reply, head->length);
}

static bool
begin(void *context, const SoundHead *head)
{
	Playing *playing = context;
	bool begun;

	playing->reply->content_type = "audio/wav";
	if (strstr(head->type, "mpeg") != NULL)
		playing->reply->content_type = "audio/mpeg";
	http_add_header(playing->reply, "Accept-Ranges", "bytes");
	begun = head->status == 206 ? begin_part(playing, head) : begin_whole(playing, head);
	return begun && strcmp(playing->request->method, "HEAD") != 0;
}

static bool
pass_on(void *context, const char *data, size_t length)
{
	Playing *playing = context;
	long long skipped = playing->skip < (long long) length ? playing->skip : (long long) length;
	long long rest = (long long) length - skipped;

	playing->skip -= skipped;
	if (playing->left >= 0 && rest > playing->left)
		rest = playing->left;
	if (playing->left >= 0)
		playing->left -= rest;
	if (rest > 0 && !stream_write(playing->request, data + skipped, (size_t) rest))
		return false;
	return playing->left != 0;
}

/* Before anything was sent. */
static void
reply_silence(const Playing *playing, SoundOutcome outcome)
{
	HttpReply *reply = playing->reply;

	if (outcome == SOUND_OUTSIDE || (playing->has_range && playing->range.first > playing->range.last))
		http_reply_error(reply, 416, "range_not_satisfiable", "the recording has no such part");
	else if (outcome == SOUND_NONE)
		http_reply_error(reply, 404, "not_found", "the recording is not there yet, or not any more");
	else
		http_reply_error(reply, 502, "carrier_error", "the recording could not be fetched; try again");
	http_send(playing->request, reply);
}

static void
play(const HttpRequest *request, HttpReply *reply)
{
	Track *track = reply->stream_context;
	const char *range = http_header(request, "Range");
	Playing playing = {.request = request, .reply = reply};
	SoundSink sink = {begin, pass_on, &playing};
	SoundOutcome outcome;

	reply->stream = NULL;
	playing.has_range = range_read(range, &playing.range);
	outcome = sound_fetch(request->carrier, track->recording_sid,
	                      track->stored_as[0] != '\0' ? track->stored_as : NULL,
	                      playing.has_range ? range : NULL, &sink);
	if (!playing.begun)
		reply_silence(&playing, outcome);
	share_give_back(&track->share);
	atomic_fetch_sub(&streams, 1);
}

/* A place among those that are played at once; false when there is none. */
static bool
take_place(const HttpRequest *request, Share *share)
{
	if (atomic_fetch_add(&streams, 1) < STREAMS_MAX &&
	    share_take(share, &streams, request->user_id, STREAMS_OF_USER_MAX))
		return true;
	atomic_fetch_sub(&streams, 1);
	return false;
}

static void
start(const HttpRequest *request, HttpReply *reply, const PGresult *rows)
{
	Recording recording = media_recording_at(rows, 0);
	Track *track = must_alloc(sizeof(Track));

	if (!take_place(request, &track->share))
	{
		free(track);
		http_add_header(reply, "Retry-After", "%d", 5);
		http_reply_error(reply, 503, "busy", "too many recordings are being played at once; try again");
		return;
	}
	snprintf(track->recording_sid, sizeof(track->recording_sid), "%s", recording.recording_sid);
	snprintf(track->stored_as, sizeof(track->stored_as), "%s",
	         recording.stored_as != NULL ? recording.stored_as : "");
	reply->stream_context = track;
	reply->stream = play;
	strcpy(reply->cache_control, "private, no-store");
}

void
recordings_play(HttpRequest *request, HttpReply *reply)
{
	PGresult *rows;
	DbError error;

	if (!sid_is(request->path_part, "CA"))
	{
		http_reply_error(reply, 404, "not_found", "there is no such call, or it is not yours");
		return;
	}
	rows = media_find_recording(request->db, request->user_id, request->path_part, &error);
	if (rows == NULL)
		sql_reply_error(reply, &error);
	else
		start(request, reply, rows);
	PQclear(rows);
}
