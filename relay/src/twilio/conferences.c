/*
 * conferences.c
 *		Participants of conferences.
 */
#include "twilio/conferences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/must.h"
#include "base/utf8.h"
#include "settings/config.h"

#define ERROR_NOT_FOUND 20404
#define ERROR_NOT_IN_PROGRESS 21220
#define NUMBER_SIZE 12

static void
log_reply(const char *event, const char *call_sid, const ExchangeReply *reply)
{
	log_event(reply->http_status >= 200 && reply->http_status < 300 ? LOG_INFO : LOG_WARN, event,
	          (LogField[]){log_text("call_sid", call_sid),
	                       log_number("status", reply->http_status),
	                       log_number("code", reply->error_code),
	                       log_text("message", reply->message[0] != '\0' ? reply->message : NULL),
	                       {0}});
}

static char *
add_number(char *form, const char *name, int number)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%d", number);
	return exchange_add(form, name, text);
}

static char *
dial_form(const Carrier *carrier, const CarrierDial *dial)
{
	static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
	char *form = exchange_add(NULL, "To", dial->number);

	form = exchange_add(form, "From", carrier->config->twilio_phone_number);
	form = exchange_add(form, "Label", CONFERENCE_CALLEE);
	form = exchange_add(form, "EndConferenceOnExit", "true");
	form = exchange_add(form, "Beep", "false");
	form = add_number(form, "TimeLimit", dial->limit_seconds);
	form = add_number(form, "Timeout", dial->ring_seconds);
	form = exchange_add(form, "StatusCallback", dial->status_url);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		form = exchange_add(form, "StatusCallbackEvent", events[i]);
	return form;
}

CarrierAnswer
carrier_dial_in(const Carrier *carrier, const CarrierDial *dial, long long deadline_ms)
{
	char *url = exchange_url(carrier->config, "/Conferences/", dial->call_sid, "/Participants.json");
	char *form = dial_form(carrier, dial);
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"POST", url, form, false}, deadline_ms);
	CarrierAnswer answer = {.http_status = reply.http_status, .error_code = reply.error_code};

	exchange_text(reply.json, "call_sid", answer.call_sid, sizeof(answer.call_sid));
	utf8_copy(answer.message, sizeof(answer.message), reply.message);
	if (reply.http_status >= 200 && reply.http_status < 300 && sid_is(answer.call_sid, "CA"))
		answer.outcome = CARRIER_DONE;
	else if (!reply.reached || (reply.http_status >= 400 && reply.http_status < 500))
		answer.outcome = CARRIER_REFUSED;
	else
		answer.outcome = CARRIER_UNKNOWN;
	reply.message[0] = '\0'; /* it may name the number */
	log_reply("carrier_dial_in", dial->call_sid, &reply);
	exchange_free(&reply);
	free(form);
	free(url);
	return answer;
}

/* The SID of the conference that goes on under that name; empty when there is none, false when that is not known. */
static bool
find_conference(const Carrier *carrier, const char *name, char sid[SID_SIZE], long long deadline_ms)
{
	char *url = exchange_url(carrier->config,
	                         "/Conferences.json?Status=in-progress&PageSize=1&FriendlyName=", name, "");
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"GET", url, NULL, true}, deadline_ms);
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(reply.json, "conferences");
	bool known = reply.http_status == 200 && cJSON_IsArray(list);

	exchange_text(known ? cJSON_GetArrayItem(list, 0) : NULL, "sid", sid, SID_SIZE);
	if (!sid_is(sid, "CF"))
		sid[0] = '\0';
	exchange_free(&reply);
	free(url);
	return known;
}

/* Changes a participant; the status of the answer. */
static ExchangeReply
change(const Carrier *carrier, const char *conference_sid, const char *participant, const char *form,
       long long deadline_ms)
{
	char *end = must_format("/Participants/%s.json", participant);
	char *url = exchange_url(carrier->config, "/Conferences/", conference_sid, end);
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"POST", url, form, true}, deadline_ms);

	free(url);
	free(end);
	return reply;
}

CarrierFinding
carrier_mute_caller(const Carrier *carrier, const char *call_sid, bool muted, long long deadline_ms)
{
	char conference_sid[SID_SIZE];
	CarrierFinding finding = CARRIER_NOT_KNOWN;
	ExchangeReply reply;

	if (!find_conference(carrier, call_sid, conference_sid, deadline_ms))
		return CARRIER_NOT_KNOWN;
	if (conference_sid[0] == '\0')
		return CARRIER_NONE;
	reply = change(carrier, conference_sid, call_sid, muted ? "Muted=true" : "Muted=false", deadline_ms);
	log_reply("carrier_mute", call_sid, &reply);
	if (reply.http_status == 200)
		finding = CARRIER_FOUND;
	else if (reply.http_status == 404 && reply.error_code == ERROR_NOT_FOUND)
		finding = CARRIER_NONE;
	exchange_free(&reply);
	return finding;
}

bool
carrier_announce(const Carrier *carrier, const char *conference_sid, const char *participant, const char *url,
                 long long deadline_ms)
{
	char *form = exchange_add(NULL, "AnnounceUrl", url);
	ExchangeReply reply = change(carrier, conference_sid, participant, form, deadline_ms);
	bool done = reply.http_status == 200;

	log_reply("carrier_announce", participant, &reply);
	exchange_free(&reply);
	free(form);
	return done;
}

bool
carrier_redirect(const Carrier *carrier, const char *call_sid, const char *twiml, long long deadline_ms)
{
	char *url = exchange_url(carrier->config, "/Calls/", call_sid, ".json");
	char *form = exchange_add(NULL, "Twiml", twiml);
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"POST", url, form, true}, deadline_ms);
	bool done = reply.http_status == 200 || reply.error_code == ERROR_NOT_IN_PROGRESS ||
	            reply.error_code == ERROR_NOT_FOUND;

	log_reply("carrier_redirect", call_sid, &reply);
	exchange_free(&reply);
	free(form);
	free(url);
	return done;
}
