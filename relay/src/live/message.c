/*
 * message.c
 *		Events as JSON.
 */
#include "live/message.h"

#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "base/json.h"
#include "base/must.h"

static Message *
make(cJSON *json, long long seq)
{
	char *text = must(cJSON_PrintUnformatted(json));
	size_t length = strlen(text);
	Message *message = must_alloc(sizeof(Message) + LWS_PRE + length);

	message->users = 1;
	message->seq = seq;
	message->length = length;
	memcpy(message->buffer + LWS_PRE, text, length);
	cJSON_free(text);
	cJSON_Delete(json);
	return message;
}

Message *
message_keep(Message *message)
{
	message->users++;
	return message;
}

void
message_release(Message *message)
{
	if (--message->users == 0)
		free(message);
}

/* As the database wrote it: numbers of this size are not left to a double. */
static void
add_seq(cJSON *json, const char *seq)
{
	cJSON_AddRawToObject(json, "seq", seq);
}

static void
add_call(cJSON *json, const LiveEvent *event)
{
	json_add_text(json, "callSid", event->call_sid);
	json_add_text(json, "callId", event->call_id);
	json_add_text(json, "status", event->status);
	json_add_text(json, "number", event->number);
	json_add_integer(json, "durationSeconds", event->duration_seconds);
	json_add_text(json, "cost", event->cost);
	json_add_text(json, "balance", event->balance);
	json_add_text(json, "available", event->available);
	json_add_integer(json, "secondsLeft", event->seconds_left);
	json_add_integer(json, "maxSeconds", event->max_seconds);
}

static void
add_end(cJSON *json, const LiveEvent *event)
{
	add_call(json, event);
	json_add_integer(json, "billedSeconds", event->billed_seconds);
	json_add_text(json, "why", event->why);
}

static void
add_change(cJSON *json, const LiveEvent *event)
{
	json_add_text(json, "balance", event->balance);
	json_add_text(json, "available", event->available);
	json_add_text(json, "kind", event->kind);
}

static void
add_low(cJSON *json, const LiveEvent *event)
{
	json_add_text(json, "callSid", event->call_sid);
	json_add_text(json, "callId", event->call_id);
	json_add_text(json, "available", event->available);
	json_add_integer(json, "secondsLeft", event->seconds_left);
}

static void
add_mute(cJSON *json, const LiveEvent *event)
{
	json_add_text(json, "callSid", event->call_sid);
	cJSON_AddBoolToObject(json, "muted", event->muted);
	json_add_text(json, "id", event->request_id);
}

static const struct
{
	const char *type;
	void (*add)(cJSON *json, const LiveEvent *event);
} kinds[] = {
    {"call.status", add_call}, {"call.ended", add_end}, {"credit.changed", add_change},
    {"credit.low", add_low},   {"call.mute", add_mute},
};

Message *
message_of_event(const LiveEvent *event)
{
	cJSON *json = must(cJSON_CreateObject());

	json_add_text(json, "type", event->type);
	if (event->seq == NULL)
		return make(json, 0);
	add_seq(json, event->seq);
	json_add_text(json, "at", event->at);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, event->type) == 0)
			kinds[i].add(json, event);
	return make(json, atoll(event->seq));
}

Message *
message_of_snapshot(const PGresult *rows, int *next)
{
	LiveEvent ready = live_feed_at(rows, 0);
	cJSON *json = must(cJSON_CreateObject());
	cJSON *calls;

	json_add_text(json, "type", ready.type);
	add_seq(json, ready.seq);
	json_add_text(json, "balance", ready.balance);
	json_add_text(json, "available", ready.available);
	calls = must(cJSON_AddArrayToObject(json, "calls"));
	for (*next = 1; *next < PQntuples(rows); (*next)++)
	{
		LiveEvent call = live_feed_at(rows, *next);
		cJSON *one;

		if (call.seq != NULL || call.call_id == NULL)
			break;
		one = must(cJSON_CreateObject());
		add_call(one, &call);
		cJSON_AddItemToArray(calls, one);
	}
	return make(json, 0);
}
