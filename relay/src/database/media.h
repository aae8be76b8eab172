/*
 * media.h
 *		What was heard of calls: recordings by reference, and transcripts.
 */
#ifndef RELAY_DATABASE_MEDIA_H
#define RELAY_DATABASE_MEDIA_H

#include <stdbool.h>

#include "database/db.h"

typedef struct RecordingEvent
{
	const char *user_id;
	const char *call_sid;
	const char *recording_sid;
	const char *status;
	const char *duration_seconds; /* NULL: not told */
	int retention_days;
	const char *price; /* US dollars a minute: what stands in until the carrier tells one */
} RecordingEvent;

typedef struct Utterance
{
	const char *user_id;
	const char *call_sid;
	const char *transcription_sid;
	const char *sequence_id;
	const char *speaker;
	const char *spoken;
	const char *confidence; /* NULL: not told */
	int retention_days;
} Utterance;

/* A recording that there is, to be heard, moved or deleted. */
typedef struct Recording
{
	const char *recording_sid;
	const char *user_id;
	const char *stored_as; /* NULL: the sound is at the carrier */
} Recording;

/* Also notes what it costs, as an estimate. P0002: the call or its user is not there, so neither must be the recording. */
extern bool media_record_recording(const Db *db, const RecordingEvent *event, DbError *error);
extern bool media_record_utterance(const Db *db, const Utterance *utterance, DbError *error);

/* What the transcription costs that ended at that moment (ISO 8601, NULL: now), as an estimate: every started minute since the call. */
extern bool media_record_transcription(const Db *db, const Utterance *utterance, const char *ended_at,
                                       const char *price, DbError *error);

/* What the carrier charges for a recording, in US dollars. */
extern bool media_record_price(const Db *db, const char *user_id, const char *call_sid,
                               const char *recording_sid, const char *price, DbError *error);

/* The recording of the user's own call: one row, to be cleared; NULL and P0002 when there is none. */
extern PGresult *media_find_recording(const Db *db, const char *user_id, const char *call_sid,
                                      DbError *error);

/* Claims recordings that are to be deleted, or to be stored elsewhere; rows to be cleared, NULL on failure. */
extern PGresult *media_expired_recordings(const Db *db, const char *claim_seconds, DbError *error);
extern PGresult *media_unstored_recordings(const Db *db, const char *claim_seconds, DbError *error);
extern Recording media_recording_at(const PGresult *rows, int row);

extern bool media_store_recording(const Db *db, const Recording *recording, const char *stored_as,
                                  DbError *error);
extern bool media_forget_recording(const Db *db, const Recording *recording, DbError *error);

/* Deletes transcripts whose time is over. */
extern bool media_expire_transcripts(const Db *db, DbError *error);

#endif
