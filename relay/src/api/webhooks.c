/*
 * webhooks.c
 *		Twilio's requests, each turned into one call of the extension.
 *
 * The voice request and the end of the dial steer a call by the TwiML they answer; a status callback only
 * reports. Every handler may see its request again, or late: the database makes that harmless.
 */
#include "api/webhooks.h"

#include <stdlib.h>
#include <string.h>

#include "api/conference.h"
#include "api/sql_reply.h"
#include "api/webhook.h"
#include "base/log.h"
#include "database/call_event.h"
#include "database/service.h"
#include "database/sql_error.h"
#include "settings/config.h"
#include "twilio/callback_url.h"
#include "twilio/identity.h"
#include "twilio/twilio_time.h"
#include "twilio/twiml.h"

#define DIAL_SECONDS_MAX 14400 /* Twilio's own limit: it refuses a longer timeLimit */

/* What the caller hears of a dial that ended so; NULL for nothing. */
static const char *
dial_failure(const char *status)
{
	static const char *const failures[] = {"busy", "no-answer", "failed"};

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (strcmp(failures[i], status) == 0)
			return failures[i];
	return NULL;
}

/* A call that cannot be authorised must not ring, so also a failure is answered with 200 and a sentence. */
static void
say_error(const HttpRequest *request, HttpReply *reply, const DbError *error, const char *number)
{
	const char *sentence = "no_service";

	if (sql_error_is(error, SQLSTATE_CLASS_INVALID_VALUE))
		sentence = "no_number";
	else if (sql_error_is(error, SQLSTATE_CALL_IS_OVER))
		sentence = "call_over";
	log_warn("call_not_authorized", log_phone("number", number), log_text("sqlstate", error->sqlstate),
	         log_text("message", sql_error_loggable(error)));
	webhook_refuse(request, reply, sentence);
}

static void
dial(const HttpRequest *request, HttpReply *reply, const char *user_id, const CallAuthorization *call)
{
	const Config *config = request->config;
	bool announces = config->record_calls || config->transcribe_calls;
	char *action = callback_url(config, PATH_DIAL_COMPLETE, user_id, NULL, NULL);
	char *status = callback_url(config, PATH_STATUS, user_id, NULL, NULL);
	char *announcement = announces ? callback_url(config, PATH_ANNOUNCEMENT, user_id, NULL, NULL) : NULL;
	char *recording = config->record_calls ? callback_url(config, PATH_RECORDING, user_id, NULL, NULL) : NULL;
	char *transcription =
	    config->transcribe_calls ? callback_url(config, PATH_TRANSCRIPTION, user_id, NULL, NULL) : NULL;
	TwimlDial document = {
	    .number = call->number,
	    .caller_id = config->twilio_phone_number,
	    .limit_seconds = call->max_seconds < DIAL_SECONDS_MAX ? call->max_seconds : DIAL_SECONDS_MAX,
	    .ring_seconds = config->ring_seconds,
	    .action_url = action,
	    .status_url = status,
	    .announcement_url = announcement,
	    .recording_url = recording,
	    .transcription_url = transcription,
	};

	webhook_reply(reply, twiml_dial(config->sentences, &document));
	free(action);
	free(status);
	free(announcement);
	free(recording);
	free(transcription);
}

static void
answer_voice(const HttpRequest *request, HttpReply *reply, const char *user_id, CallAuthorization *call)
{
	bool allowed = call->allowed && !call_event_is_over(call->status);

	log_info(allowed ? "call_authorized" : "call_refused", log_text("call_id", call->call_id),
	         log_text("call_sid", call->call_sid), log_text("user_id", user_id),
	         log_phone("number", call->number), log_text("reason", call->reason),
	         log_number("max_seconds", call->max_seconds));
	if (allowed && strcmp(request->config->call_mode, "conference") == 0)
		conference_enter(request, reply, user_id, call);
	else if (allowed)
		dial(request, reply, user_id, call);
	else
		webhook_refuse(request, reply, call->allowed ? "call_over" : call->reason);
	PQclear(call->rows);
}

/* The browser's own parameters, hostile until the database has normalised them. */
static const char *
dialed_number(const Form *form)
{
	static const char *const names[] = {"To", "phoneNumber", "wt_number"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		const char *value = form_value(form, names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

/* A call that a browser placed: the signed From names the user. */
static void
connect_browser_call(const HttpRequest *request, HttpReply *reply, const Form *form, const char *call_sid)
{
	const char *number = dialed_number(form);
	char user_id[UUID_SIZE];
	CallAuthorization call;
	DbError error;

	if (!identity_read_client(form_value(form, "From"), user_id))
		webhook_refuse(request, reply, "no_caller");
	else if (number == NULL)
		webhook_refuse(request, reply, "no_number");
	else if (service_authorize_call(request->db, user_id, number, call_sid,
	                                request->config->twilio_phone_number, &call, &error))
		answer_voice(request, reply, user_id, &call);
	else
		say_error(request, reply, &error, number);
}

/*
 * A call that the relay placed, now answered by the user's client: the signed URL names the user, the call
 * and the number, which the database may keep masked.
 */
static void
connect_placed_call(const HttpRequest *request, HttpReply *reply, const char *call_id, const char *call_sid)
{
	const char *number = form_value(&request->parameters, "to");
	char user_id[UUID_SIZE];
	CallAuthorization call;
	DbError error;

	if (!uuid_read(form_value(&request->parameters, "user"), user_id))
		webhook_refuse(request, reply, "no_caller");
	else if (number == NULL || number[0] != '+')
		webhook_refuse(request, reply, "no_number");
	else if (service_attach_call(request->db, call_id, call_sid, user_id, &call, &error))
	{
		call.number = number;
		answer_voice(request, reply, user_id, &call);
	}
	else
		say_error(request, reply, &error, NULL);
}

void
webhooks_voice(HttpRequest *request, HttpReply *reply)
{
	char call_id[UUID_SIZE];
	const char *call_sid;
	const Form *form = &request->form;

	call_sid = webhook_sid(request, "CallSid", "CA");
	if (call_sid == NULL)
		http_reply_error(reply, 400, "missing_parameter", "CallSid is missing, or is no SID of a call");
	else if (uuid_read(form_value(&request->parameters, "call"), call_id))
		connect_placed_call(request, reply, call_id, call_sid);
	else
		connect_browser_call(request, reply, form, call_sid);
}

/*
 * Records the event. When the call that the relay placed does not know its SID yet (Twilio's reply and this
 * event overtook each other), it is told now.
 */
static bool
record_event(const HttpRequest *request, const CallEvent *event, CallSettlement *settlement, DbError *error)
{
	const Db *db = request->db;
	CallAuthorization call;
	char call_id[UUID_SIZE];

	if (service_record_call_status(db, event, settlement, error))
		return true;
	if (!sql_error_is(error, SQLSTATE_NOT_FOUND) || event->user_id == NULL ||
	    !uuid_read(form_value(&request->parameters, "call"), call_id))
		return false;
	if (!service_attach_call(db, call_id, event->call_sid, event->user_id, &call, error))
		return false;
	PQclear(call.rows);
	return service_record_call_status(db, event, settlement, error);
}

/* False with an error reply: an event that is not recorded must not be acknowledged. */
static bool
settle_event(const HttpRequest *request, HttpReply *reply, const CallEvent *event)
{
	CallSettlement settlement;
	DbError error;

	if (event->call_sid == NULL || event->status == NULL)
	{
		http_reply_error(reply, 400, "missing_parameter",
		                 "the SID or the status of the call is missing, or is none");
		return false;
	}
	if (!record_event(request, event, &settlement, &error))
	{
		log_warn("call_event_not_recorded", log_text("call_sid", event->call_sid),
		         log_text("status", event->status), log_text("sqlstate", error.sqlstate),
		         log_text("message", sql_error_loggable(&error)));
		sql_reply_error(reply, &error);
		return false;
	}
	log_info("call_event", log_text("call_id", settlement.call_id), log_text("call_sid", event->call_sid),
	         log_text("event", event->status), log_text("status", settlement.status),
	         log_text("changed", settlement.changed ? "yes" : "no"),
	         log_text("billed", settlement.billed ? "yes" : "no"),
	         log_text("credits_used", settlement.credits_used));
	PQclear(settlement.rows);
	return true;
}

/* The dialled leg is the one that is billed: its parent is the call, or the URL names the call where a conference joins the two. */
static CallEvent
dialed_leg_event(const HttpRequest *request)
{
	return (CallEvent){
	    .call_sid = conference_call_of(request) != NULL ? conference_call_of(request)
	                                                    : webhook_sid(request, "ParentCallSid", "CA"),
	    .status = form_value(&request->form, "CallStatus"),
	    .duration_seconds = webhook_seconds(request, "CallDuration"),
	    .dial_call_sid = webhook_sid(request, "CallSid", "CA"),
	};
}

void
webhooks_status(HttpRequest *request, HttpReply *reply)
{
	char occurred_at[ISO_TIME_SIZE];
	char user_id[UUID_SIZE];
	const char *parent_sid;
	CallEvent event;
	const Form *form = &request->form;

	parent_sid = form_value(form, "ParentCallSid");
	if ((parent_sid != NULL && parent_sid[0] != '\0') || conference_call_of(request) != NULL)
		event = dialed_leg_event(request);
	else
		event = call_event_of_caller(webhook_sid(request, "CallSid", "CA"), form_value(form, "CallStatus"));
	if (webhook_user(request, user_id))
		event.user_id = user_id;
	if (twilio_time_to_iso(form_value(form, "Timestamp"), occurred_at))
		event.occurred_at = occurred_at;
	if (settle_event(request, reply, &event) && conference_note_leg(request, reply, &event) &&
	    conference_tell_end(request, reply, dial_failure(event.status)))
		http_reply_empty(reply, 204);
}

void
webhooks_dial_complete(HttpRequest *request, HttpReply *reply)
{
	char user_id[UUID_SIZE];
	const char *sentence;
	CallEvent event;
	const Form *form = &request->form;

	event = (CallEvent){
	    .call_sid = webhook_sid(request, "CallSid", "CA"),
	    .status = form_value(form, "DialCallStatus"),
	    .duration_seconds = webhook_seconds(request, "DialCallDuration"),
	    .dial_call_sid = webhook_sid(request, "DialCallSid", "CA"),
	};
	if (webhook_user(request, user_id))
		event.user_id = user_id;
	if (settle_event(request, reply, &event))
	{
		sentence = dial_failure(event.status);
		if (sentence != NULL)
			webhook_refuse(request, reply, sentence);
		else
			webhook_reply(reply, twiml_hangup());
	}
}
