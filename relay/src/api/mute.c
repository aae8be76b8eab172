/*
 * mute.c
 *		Muting a call: Twilio does it where the call is a conference, otherwise the user's own page.
 */
#include "api/mute.h"

#include <string.h>

#include "api/sql_reply.h"
#include "base/json.h"
#include "base/must.h"
#include "base/sid.h"
#include "database/service.h"
#include "live/live.h"
#include "settings/config.h"
#include "twilio/conferences.h"

#define CLIENT_MS 6000 /* what stays of a request's time for a page to answer */

static void
reply_muted(HttpReply *reply, const char *call_sid, bool muted, const char *by)
{
	cJSON *answer = must(cJSON_CreateObject());

	json_add_text(answer, "callSid", call_sid);
	cJSON_AddBoolToObject(answer, "muted", muted);
	json_add_text(answer, "by", by);
	http_reply_json(reply, 200, answer);
}

/* The user's own page turns its microphone off or on. */
static void
mute_by_client(HttpRequest *request, HttpReply *reply, const char *call_sid, bool muted)
{
	DbError error;

	switch (live_mute(request->db, request->user_id, call_sid, muted, &error))
	{
		case LIVE_DONE:
			reply_muted(reply, call_sid, muted, "client");
			break;
		case LIVE_NOBODY:
			http_reply_error(reply, 409, "no_live_client", "no page of yours turned the microphone %s",
			                 muted ? "off" : "on");
			break;
		case LIVE_FAILED:
			sql_reply_error(reply, &error);
			break;
	}
}

/* Whether there is a conference of the call, and Twilio did it there. */
static bool
mutes_in_conference(const HttpRequest *request, const char *call_sid, bool muted)
{
	return strcmp(request->config->call_mode, "conference") == 0 &&
	       carrier_mute_caller(request->carrier, call_sid, muted, request->deadline_ms - CLIENT_MS) ==
	           CARRIER_FOUND;
}

static void
mute(HttpRequest *request, HttpReply *reply, const char *call_sid, bool muted)
{
	DbError error;

	if (!service_find_call(request->db, request->user_id, call_sid, &error))
		sql_reply_error(reply, &error);
	else if (mutes_in_conference(request, call_sid, muted))
		reply_muted(reply, call_sid, muted, "conference");
	else
		mute_by_client(request, reply, call_sid, muted);
}

void
mute_call(HttpRequest *request, HttpReply *reply)
{
	cJSON *body = http_json_object(request, reply);
	const char *call_sid = json_text(body, "callSid");
	const cJSON *muted = cJSON_GetObjectItemCaseSensitive(body, "muted");

	if (body == NULL)
		return;
	if (call_sid == NULL || muted == NULL)
		http_reply_error(reply, 400, "missing_parameter",
		                 "say which call, and whether it is muted: {\"callSid\": \"CA…\", \"muted\": true}");
	else if (!sid_is(call_sid, "CA"))
		http_reply_error(reply, 400, "invalid_value", "a callSid is CA and 32 lower-case hexadecimal digits");
	else if (!cJSON_IsBool(muted))
		http_reply_error(reply, 400, "invalid_value", "muted is true or false");
	else
		mute(request, reply, call_sid, cJSON_IsTrue(muted));
	cJSON_Delete(body);
}
