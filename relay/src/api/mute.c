/*
 * mute.c
 *		Muting a call. Twilio can mute nobody who was dialled directly, so the user's own page does it.
 */
#include "api/mute.h"

#include "api/sql_reply.h"
#include "base/json.h"
#include "base/must.h"
#include "base/sid.h"
#include "live/live.h"

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
		mute_by_client(request, reply, call_sid, cJSON_IsTrue(muted));
	cJSON_Delete(body);
}
