/*
 * conference.c
 *		The life of a call in a conference.
 *
 * The signed URLs carry all that is needed: the user, the call's SID (which names the conference), the number and the limit. What
 * must happen once, dialling the callee, is claimed in the database.
 */
#include "api/conference.h"

#include <stdlib.h>
#include <string.h>

#include "api/sql_reply.h"
#include "api/webhook.h"
#include "base/log.h"
#include "base/must.h"
#include "base/sid.h"
#include "database/call_event.h"
#include "database/dials.h"
#include "database/sql_error.h"
#include "settings/config.h"
#include "twilio/callback_url.h"
#include "twilio/conferences.h"
#include "twilio/twiml.h"

#define STAY_SECONDS_MAX 14400 /* Twilio's own limit */
#define ENTER_SECONDS 15       /* to be dialled, beside the ringing and the talk */

/* Of a conference's URLs: "&parent=CA…&limit=…&to=…". */
static char *
url_of(const Config *config, const char *path, const char *user_id, const char *call_sid, int limit_seconds,
       const char *number)
{
	char *query = must_format("user=%s&parent=%s&limit=%d&to=%%2B%s", user_id, call_sid, limit_seconds,
	                          number + strlen("+"));
	char *url = callback_url_query(config, path, query);

	free(query);
	return url;
}

void
conference_enter(const HttpRequest *request, HttpReply *reply, const char *user_id,
                 const CallAuthorization *call)
{
	const Config *config = request->config;
	int limit = call->max_seconds < STAY_SECONDS_MAX ? call->max_seconds : STAY_SECONDS_MAX;
	int stay = limit + config->ring_seconds + ENTER_SECONDS;
	char *query = must_format("user=%s&parent=%s", user_id, call->call_sid);
	char *events = url_of(config, PATH_CONFERENCE, user_id, call->call_sid, limit, call->number);
	char *action = callback_url_query(config, PATH_CONFERENCE_LEFT, query);
	char *recording = config->record_calls ? callback_url_query(config, PATH_RECORDING, query) : NULL;
	char *transcription =
	    config->transcribe_calls ? callback_url_query(config, PATH_TRANSCRIPTION, query) : NULL;

	webhook_reply(reply,
	              twiml_conference(config->sentences,
	                               &(TwimlConference){
	                                   .name = call->call_sid,
	                                   .label = CONFERENCE_CALLER,
	                                   .limit_seconds = stay < STAY_SECONDS_MAX ? stay : STAY_SECONDS_MAX,
	                                   .action_url = action,
	                                   .events_url = events,
	                                   .recording_url = recording,
	                                   .transcription_url = transcription,
	                               }));
	free(query);
	free(events);
	free(action);
	free(recording);
	free(transcription);
}

const char *
conference_call_of(const HttpRequest *request)
{
	const char *parent = form_value(&request->parameters, "parent");

	return sid_is(parent, "CA") ? parent : NULL;
}

/* Nobody was dialled, and nobody will be. */
static void
record_failure(const HttpRequest *request, const char *user_id, const char *call_sid)
{
	CallEvent event = {.call_sid = call_sid, .status = "failed", .user_id = user_id};
	CallSettlement settlement;
	DbError error;

	if (service_record_call_status(request->db, &event, &settlement, &error))
		PQclear(settlement.rows);
	else
		log_error("end_not_recorded", log_text("call_sid", call_sid), log_text("sqlstate", error.sqlstate),
		          log_text("message", sql_error_loggable(&error)));
}

/* The leg is known to the call from its first moment on: should every webhook be lost, the watchdog finds it. */
static void
record_dial(const HttpRequest *request, const char *user_id, const char *call_sid, const char *dial_call_sid)
{
	CallEvent event = {
	    .call_sid = call_sid, .status = "initiated", .dial_call_sid = dial_call_sid, .user_id = user_id};
	CallSettlement settlement;
	DbError error;

	if (!dials_name(request->db, user_id, call_sid, dial_call_sid, &error))
		log_warn("dial_not_named", log_text("call_sid", call_sid), log_text("sqlstate", error.sqlstate));
	if (service_record_call_status(request->db, &event, &settlement, &error))
		PQclear(settlement.rows);
	else
		log_warn("dial_not_recorded", log_text("call_sid", call_sid), log_text("sqlstate", error.sqlstate));
}

/* The caller is in: the callee is dialled, by whoever claims it first. */
static bool
dial_callee(const HttpRequest *request, HttpReply *reply, const char *user_id, const char *call_sid)
{
	const char *limit = form_value(&request->parameters, "limit");
	const char *number = form_value(&request->parameters, "to");
	char *query, *status_url;
	CarrierAnswer answer;
	bool claimed;
	DbError error;

	if (limit == NULL || atoi(limit) <= 0 || number == NULL || number[0] != '+')
		return true;
	if (!dials_claim(request->db, user_id, call_sid, &claimed, &error))
	{
		sql_reply_error(reply, &error);
		return false;
	}
	if (!claimed)
		return true;
	query = must_format("user=%s&parent=%s", user_id, call_sid);
	status_url = callback_url_query(request->config, PATH_STATUS, query);
	answer = carrier_dial_in(request->carrier,
	                         &(CarrierDial){.call_sid = call_sid,
	                                        .number = number,
	                                        .limit_seconds = atoi(limit),
	                                        .ring_seconds = request->config->ring_seconds,
	                                        .status_url = status_url},
	                         request->deadline_ms);
	free(status_url);
	free(query);
	if (answer.outcome == CARRIER_DONE)
		record_dial(request, user_id, call_sid, answer.call_sid);
	if (answer.outcome != CARRIER_REFUSED)
		return true;
	record_failure(request, user_id, call_sid);
	return conference_tell_end(request, reply, "failed");
}

bool
conference_note_leg(const HttpRequest *request, HttpReply *reply, const CallEvent *event)
{
	DbError error;

	if (conference_call_of(request) == NULL || event->dial_call_sid == NULL || event->user_id == NULL ||
	    call_event_is_over(event->status) ||
	    dials_name(request->db, event->user_id, event->call_sid, event->dial_call_sid, &error))
		return true;
	sql_reply_error(reply, &error);
	return false;
}

/* The callee's leg goes with the caller, wherever it is. */
static bool
end_callee(const HttpRequest *request, HttpReply *reply, const char *user_id, const char *call_sid)
{
	char dial_call_sid[SID_SIZE];
	DbError error;

	if (!dials_find(request->db, user_id, call_sid, dial_call_sid, &error))
	{
		sql_reply_error(reply, &error);
		return false;
	}
	if (dial_call_sid[0] == '\0' ||
	    carrier_end_call(request->carrier, dial_call_sid, request->deadline_ms).outcome == CARRIER_DONE)
		return true;
	http_reply_error(reply, 502, "carrier_error", "Twilio did not end the callee's leg");
	return false;
}

static bool
announce(const HttpRequest *request, const char *conference_sid, const char *participant_sid)
{
	char *url = callback_url_query(request->config, PATH_ANNOUNCEMENT, "in=conference");
	bool done =
	    carrier_announce(request->carrier, conference_sid, participant_sid, url, request->deadline_ms);

	free(url);
	return done;
}

/* False with an error reply: Twilio is to tell it again. */
static bool
take_event(const HttpRequest *request, HttpReply *reply, const char *user_id, const char *call_sid)
{
	const Config *config = request->config;
	const char *event = form_value(&request->form, "StatusCallbackEvent");
	const char *conference_sid = webhook_sid(request, "ConferenceSid", "CF");
	const char *participant_sid = webhook_sid(request, "CallSid", "CA");
	bool is_caller = participant_sid != NULL && strcmp(participant_sid, call_sid) == 0;
	bool joins = event != NULL && strcmp(event, "participant-join") == 0;

	if (joins && is_caller)
		return dial_callee(request, reply, user_id, call_sid);
	if (joins && conference_sid != NULL && participant_sid != NULL &&
	    (config->record_calls || config->transcribe_calls))
		announce(request, conference_sid, participant_sid);
	if (event != NULL &&
	    (strcmp(event, "conference-end") == 0 || (is_caller && strcmp(event, "participant-leave") == 0)))
		return end_callee(request, reply, user_id, call_sid);
	return true;
}

/* The call whose conference tells of itself; NULL, and answered, when the URL does not say. */
static const char *
named_call(HttpRequest *request, HttpReply *reply, char user_id[UUID_SIZE])
{
	const char *call_sid = conference_call_of(request);

	if (call_sid != NULL && webhook_user(request, user_id))
		return call_sid;
	http_reply_error(reply, 400, "missing_parameter", "the conference's call or user is missing");
	return NULL;
}

void
conference_event(HttpRequest *request, HttpReply *reply)
{
	char user_id[UUID_SIZE];
	const char *call_sid = named_call(request, reply, user_id);

	if (call_sid != NULL && take_event(request, reply, user_id, call_sid))
		http_reply_empty(reply, 204);
}

/* The conference is over, or the caller has had enough. Who hears this has been told why, if there was a reason. */
void
conference_left(HttpRequest *request, HttpReply *reply)
{
	char user_id[UUID_SIZE];
	const char *call_sid = named_call(request, reply, user_id);

	if (call_sid != NULL && end_callee(request, reply, user_id, call_sid))
		webhook_reply(reply, twiml_hangup());
}

bool
conference_tell_end(const HttpRequest *request, HttpReply *reply, const char *sentence)
{
	const char *call_sid = conference_call_of(request);
	char *twiml;
	bool done;

	if (call_sid == NULL || sentence == NULL)
		return true;
	twiml = twiml_refuse(request->config->sentences, sentence);
	done = carrier_redirect(request->carrier, call_sid, twiml, request->deadline_ms);
	free(twiml);
	if (!done)
		http_reply_error(reply, 502, "carrier_error", "Twilio did not take the caller out of the conference");
	return done;
}
