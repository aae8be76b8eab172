/*
 * media.c
 *		Webhooks about recordings and transcripts.
 */
#include "api/media.h"

#include <stdio.h>
#include <string.h>

#include "api/sql_reply.h"
#include "api/webhook.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sid.h"
#include "database/media.h"
#include "database/sql_error.h"
#include "settings/config.h"
#include "twilio/recordings.h"
#include "twilio/twilio_time.h"
#include "twilio/twiml.h"

/* The callee hears it before the caller. */
void
media_announcement(HttpRequest *request, HttpReply *reply)
{
	const Config *config = request->config;
	const char *sentence = "recorded_and_transcribed";

	if (!config->transcribe_calls)
		sentence = "recorded";
	else if (!config->record_calls)
		sentence = "transcribed";
	webhook_reply(reply, twiml_say(config->sentences, sentence));
}

/* The caller's leg: the URL says it where the form cannot. */
static const char *
call_of(const HttpRequest *request)
{
	const char *parent = form_value(&request->parameters, "parent");

	return sid_is(parent, "CA") ? parent : webhook_sid(request, "CallSid", "CA");
}

static void
reply_failure(const HttpRequest *request, HttpReply *reply, const char *event, const char *sid,
              const DbError *error)
{
	log_warn(event, log_text("sid", sid), log_text("call_sid", call_of(request)),
	         log_text("sqlstate", error->sqlstate), log_text("message", sql_error_loggable(error)));
	sql_reply_error(reply, error);
}

/* Of a call or a user that is not there (any more) no recording may be there either. */
static void
delete_at_once(const HttpRequest *request, HttpReply *reply, const char *recording_sid)
{
	if (carrier_delete_recording(request->carrier, recording_sid, request->deadline_ms))
		http_reply_empty(reply, 204);
	else
		http_reply_error(reply, 502, "carrier_error", "Twilio did not delete the recording");
}

void
media_recording(HttpRequest *request, HttpReply *reply)
{
	const char *recording_sid = webhook_sid(request, "RecordingSid", "RE");
	char user_id[UUID_SIZE];
	RecordingEvent event = {
	    .user_id = user_id,
	    .call_sid = call_of(request),
	    .recording_sid = recording_sid,
	    .status = form_value(&request->form, "RecordingStatus"),
	    .duration_seconds = webhook_seconds(request, "RecordingDuration"),
	    .retention_days = request->config->recording_retention_days,
	    .price = request->config->recording_price,
	};
	DbError error;

	if (recording_sid == NULL || event.call_sid == NULL || event.status == NULL ||
	    !webhook_user(request, user_id))
		http_reply_error(reply, 400, "missing_parameter",
		                 "the SID or status of the recording, its call or its user is missing, or is none");
	else if (media_record_recording(request->db, &event, &error))
	{
		log_info("recording", log_text("recording_sid", recording_sid), log_text("call_sid", event.call_sid),
		         log_text("status", event.status));
		http_reply_empty(reply, 204);
	}
	else if (sql_error_is(&error, SQLSTATE_NOT_FOUND))
		delete_at_once(request, reply, recording_sid);
	else
		reply_failure(request, reply, "recording_not_recorded", recording_sid, &error);
}

static const char *
speaker_of(const HttpRequest *request)
{
	const char *track = form_value(&request->form, "Track");

	if (track != NULL && strcmp(track, "inbound_track") == 0)
		return "caller";
	return track != NULL && strcmp(track, "outbound_track") == 0 ? "callee" : NULL;
}

/* What is said of a confidence that is none: nothing. */
static const char *
read_confidence(const cJSON *data, char text[8])
{
	const cJSON *confidence = cJSON_GetObjectItemCaseSensitive(data, "confidence");

	if (!cJSON_IsNumber(confidence) || !(confidence->valuedouble >= 0 && confidence->valuedouble <= 1))
		return NULL;
	snprintf(text, 8, "%.3f", confidence->valuedouble);
	return text;
}

/* What was said, for good; what is still being understood is not kept. */
static bool
record_content(const HttpRequest *request, Utterance *utterance, DbError *error)
{
	const char *final = form_value(&request->form, "Final");
	const char *text = form_value(&request->form, "TranscriptionData");
	cJSON *data = text != NULL ? json_parse(text, strlen(text)) : NULL;
	char confidence[8];
	bool recorded = true;

	utterance->sequence_id = webhook_seconds(request, "SequenceId");
	utterance->speaker = speaker_of(request);
	utterance->spoken = json_text(data, "transcript");
	utterance->confidence = read_confidence(data, confidence);
	if ((final == NULL || strcmp(final, "true") == 0) && utterance->spoken != NULL &&
	    utterance->spoken[0] != '\0' && utterance->sequence_id != NULL && utterance->speaker != NULL)
		recorded = media_record_utterance(request->db, utterance, error);
	cJSON_Delete(data);
	return recorded;
}

static bool
record_event(const HttpRequest *request, const char *event, Utterance *utterance, DbError *error)
{
	const char *ended_at = form_value(&request->form, "Timestamp");
	const char *problem = form_value(&request->form, "TranscriptionError");

	if (strcmp(event, "transcription-content") == 0)
		return record_content(request, utterance, error);
	if (strcmp(event, "transcription-stopped") == 0)
		return media_record_transcription(request->db, utterance, iso_time_is(ended_at) ? ended_at : NULL,
		                                  request->config->transcription_price, error);
	if (strcmp(event, "transcription-error") == 0)
		log_warn("transcription_error", log_text("call_sid", utterance->call_sid),
		         log_text("code", form_value(&request->form, "TranscriptionErrorCode")),
		         log_text("message", problem));
	return true;
}

void
media_transcription(HttpRequest *request, HttpReply *reply)
{
	const char *event = form_value(&request->form, "TranscriptionEvent");
	char user_id[UUID_SIZE];
	Utterance utterance = {
	    .user_id = user_id,
	    .call_sid = call_of(request),
	    .transcription_sid = webhook_sid(request, "TranscriptionSid", "GT"),
	    .retention_days = request->config->recording_retention_days,
	};
	DbError error;

	if (event == NULL || utterance.call_sid == NULL || utterance.transcription_sid == NULL ||
	    !webhook_user(request, user_id))
		http_reply_error(
		    reply, 400, "missing_parameter",
		    "the event or SID of the transcription, its call or its user is missing, or is none");
	else if (record_event(request, event, &utterance, &error) || sql_error_is(&error, SQLSTATE_NOT_FOUND))
		http_reply_empty(reply, 204);
	else
		reply_failure(request, reply, "transcript_not_recorded", utterance.transcription_sid, &error);
}
