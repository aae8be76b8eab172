/*
 * calls.c
 *		Placing a call: hold, ring the user's own client, remember the SID.
 *
 * No database connection is held while Twilio is asked.
 */
#include "api/calls.h"

#include <stdlib.h>
#include <string.h>

#include "api/refusal.h"
#include "api/sql_reply.h"
#include "api/terms.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/log.h"
#include "base/must.h"
#include "database/call_event.h"
#include "database/service.h"
#include "database/sql_error.h"
#include "settings/config.h"
#include "twilio/callback_url.h"
#include "twilio/carrier.h"
#include "twilio/identity.h"

#define KEY_BYTES 16
#define KEY_LENGTH_MAX 255
/* What stays of a request's time for what must be said to the database after Twilio was asked. */
#define AFTERMATH_MS 3000

static void
reply_started(HttpReply *reply, const CallAuthorization *call, const char *call_sid)
{
	cJSON *answer = must(cJSON_CreateObject());

	cJSON_AddStringToObject(answer, "callId", call->call_id);
	cJSON_AddStringToObject(answer, "callSid", call_sid);
	cJSON_AddStringToObject(answer, "rate", call->rate);
	terms_add(answer, &call->terms);
	cJSON_AddNumberToObject(answer, "maxSeconds", call->max_seconds);
	cJSON_AddStringToObject(answer, "country", call->country != NULL ? call->country : "");
	http_reply_json(reply, 201, answer);
}

/*
 * For what must be written down whatever became of the request. It goes before what others ask: it settles a call, as a
 * webhook does.
 */
static Db
aftermath(const HttpRequest *request)
{
	return (Db){.pool = request->db->pool, .lane = DB_WEBHOOKS, .deadline_ms = clock_ms() + AFTERMATH_MS};
}

/* Twilio did not place the call: its hold is released at once. */
static void
abandon(const HttpRequest *request, const CallAuthorization *call, const CarrierAnswer *refusal)
{
	char *note =
	    must_format("carrier: %d %d %s", refusal->http_status, refusal->error_code, refusal->message);
	Db db = aftermath(request);
	CallSettlement settlement;
	DbError error;
	bool released = service_abandon_call(&db, call->call_id, request->user_id, note, &settlement, &error);

	/* A note never stands in the way of a release. */
	if (!released && sql_error_is(&error, SQLSTATE_CLASS_INVALID_VALUE))
		released = service_abandon_call(&db, call->call_id, request->user_id, NULL, &settlement, &error);
	if (released)
		PQclear(settlement.rows);
	else
		log_error("abandon_failed", log_text("call_id", call->call_id), log_text("sqlstate", error.sqlstate),
		          log_text("message", sql_error_loggable(&error)));
	free(note);
}

/*
 * Tells the call its SID. When that fails the call rings all the same: Twilio's request for TwiML, whose URL
 * carries the call's id, tells it again.
 */
static void
attach(const HttpRequest *request, const char *call_id, const char *call_sid)
{
	Db db = aftermath(request);
	CallAuthorization call;
	DbError error;

	if (service_attach_call(&db, call_id, call_sid, request->user_id, &call, &error))
		PQclear(call.rows);
	else
		log_warn("attach_failed", log_text("call_id", call_id), log_text("call_sid", call_sid),
		         log_text("sqlstate", error.sqlstate), log_text("message", sql_error_loggable(&error)));
}

static CarrierAnswer
ring_client(const HttpRequest *request, const CallAuthorization *call)
{
	const Config *config = request->config;
	char identity[IDENTITY_SIZE];
	char *twiml_url = callback_url(config, PATH_TWIML, request->user_id, call->call_id, call->number);
	char *status_url = callback_url(config, PATH_STATUS, request->user_id, call->call_id, NULL);
	char *to;
	CarrierAnswer answer;

	identity_of_user(request->user_id, identity);
	to = must_format("client:%s", identity);
	answer = carrier_create_call(request->carrier,
	                             &(CarrierCall){.to = to, .twiml_url = twiml_url, .status_url = status_url},
	                             request->deadline_ms - AFTERMATH_MS);
	free(to);
	free(status_url);
	free(twiml_url);
	return answer;
}

static void
place(const HttpRequest *request, HttpReply *reply, const CallAuthorization *call)
{
	CarrierAnswer answer = ring_client(request, call);

	if (answer.outcome == CARRIER_DONE)
	{
		attach(request, call->call_id, answer.call_sid);
		reply_started(reply, call, answer.call_sid);
		return;
	}
	if (answer.outcome == CARRIER_REFUSED)
		abandon(request, call, &answer);
	/* Otherwise the call may exist, so the hold stays until its webhooks settle it. */
	http_reply_error(reply, 502, "carrier_error", "Twilio did not place the call: %s",
	                 answer.message[0] != '\0' ? answer.message : "no reason given");
}

/* An earlier request with the same key made the call, and Twilio has not named it. */
static void
reply_unplaced(HttpReply *reply, const CallAuthorization *call)
{
	if (strcmp(call->status, "failed") == 0)
		http_reply_error(reply, 502, "carrier_error", "Twilio did not place the call; try with another key");
	else
		http_reply_error(reply, 409, "call_in_progress",
		                 "a call with this Idempotency-Key is being placed; ask again, or use another key");
}

static void
start(const HttpRequest *request, HttpReply *reply, const char *number, const char *client_key)
{
	char own_key[2 * KEY_BYTES + 1];
	CallAuthorization call;
	DbError error;

	/* With a key of some kind, a statement sent again when its connection breaks still holds only once. */
	hex_random(KEY_BYTES, own_key);
	if (!service_start_call(request->db, request->user_id, number, client_key != NULL ? client_key : own_key,
	                        request->config->twilio_phone_number, &call, &error))
	{
		sql_reply_number_error(reply, &error);
		return;
	}
	log_info("call_started", log_text("call_id", call.call_id), log_text("user_id", request->user_id),
	         log_phone("number", call.number), log_text("reason", call.reason),
	         log_number("max_seconds", call.max_seconds));
	if (call.other_number)
		http_reply_error(reply, 409, "idempotency_key_reused",
		                 "this Idempotency-Key belongs to a call to another number; use another key");
	else if (!call.allowed)
		refusal_reply(reply, call.reason);
	else if (call.call_sid != NULL)
		reply_started(reply, &call, call.call_sid);
	else if (call.created || client_key == NULL)
		place(request, reply, &call);
	else
		reply_unplaced(reply, &call);
	PQclear(call.rows);
}

/* A text of the body that is there and not empty. */
static const char *
given(const cJSON *body, const char *name)
{
	const char *text = json_text(body, name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

void
calls_start(HttpRequest *request, HttpReply *reply)
{
	const char *key = http_header(request, "Idempotency-Key");
	const char *number;
	cJSON *body;

	if ((body = http_json_object(request, reply)) == NULL)
		return;
	number = given(body, "to");
	if (number == NULL)
		number = given(body, "phoneNumber");
	if (number == NULL)
		http_reply_error(reply, 400, "missing_parameter", "say whom to call, as text: {\"to\": \"+44…\"}");
	else if (key != NULL && (key[0] == '\0' || strlen(key) > KEY_LENGTH_MAX))
		http_reply_error(reply, 400, "invalid_value", "an Idempotency-Key has 1 to %d characters",
		                 KEY_LENGTH_MAX);
	else
		start(request, reply, number, key);
	cJSON_Delete(body);
}

/* A call that is ended before it rings makes no webhook: Twilio's answer is all that is heard of it. */
static void
record_end(const HttpRequest *request, const CarrierAnswer *answer)
{
	CallEvent event = call_event_of_caller(answer->call_sid, answer->call_status);
	Db db = aftermath(request);
	CallSettlement settlement;
	DbError error;

	if (answer->call_status[0] == '\0')
		return;
	event.user_id = request->user_id;
	if (service_record_call_status(&db, &event, &settlement, &error))
		PQclear(settlement.rows);
	else
		log_error("end_not_recorded", log_text("call_sid", answer->call_sid),
		          log_text("sqlstate", error.sqlstate), log_text("message", sql_error_loggable(&error)));
}

static void
hang_up(const HttpRequest *request, HttpReply *reply, const char *call_sid)
{
	CarrierAnswer answer;
	cJSON *json;
	DbError error;

	if (!service_find_call(request->db, request->user_id, call_sid, &error))
	{
		sql_reply_error(reply, &error);
		return;
	}
	answer = carrier_end_call(request->carrier, call_sid, request->deadline_ms - AFTERMATH_MS);
	if (answer.outcome != CARRIER_DONE)
	{
		http_reply_error(reply, 502, "carrier_error", "Twilio did not end the call: %s",
		                 answer.message[0] != '\0' ? answer.message : "no reason given");
		return;
	}
	record_end(request, &answer);
	json = must(cJSON_CreateObject());
	cJSON_AddStringToObject(json, "callSid", call_sid);
	http_reply_json(reply, 200, json);
}

void
calls_hangup(HttpRequest *request, HttpReply *reply)
{
	const char *call_sid;
	cJSON *body;

	if ((body = http_json_object(request, reply)) == NULL)
		return;
	call_sid = given(body, "callSid");
	if (call_sid == NULL)
		http_reply_error(reply, 400, "missing_parameter", "say which call: {\"callSid\": \"CA…\"}");
	else if (!sid_is(call_sid, "CA"))
		http_reply_error(reply, 400, "invalid_value", "a callSid is CA and 32 lower-case hexadecimal digits");
	else
		hang_up(request, reply, call_sid);
	cJSON_Delete(body);
}
