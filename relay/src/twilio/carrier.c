/*
 * carrier.c
 *		Calls, by Twilio's REST API.
 */
#include "twilio/carrier.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/must.h"
#include "base/utf8.h"
#include "settings/config.h"

/* https://www.twilio.com/docs/api/errors */
#define ERROR_NOT_FOUND 20404
#define ERROR_NOT_IN_PROGRESS 21220

/* A success that names no call says nothing of what was done. */
static CarrierOutcome
outcome_of(const ExchangeReply *reply)
{
	if (reply->http_status >= 200 && reply->http_status < 300 && sid_is(json_text(reply->json, "sid"), "CA"))
		return CARRIER_DONE;
	if (!reply->reached)
		return CARRIER_REFUSED;
	return reply->http_status >= 400 && reply->http_status < 500 ? CARRIER_REFUSED : CARRIER_UNKNOWN;
}

static CarrierAnswer
post(const Carrier *carrier, const char *url, const char *form, bool repeatable, long long deadline_ms)
{
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"POST", url, form, repeatable}, deadline_ms);
	CarrierAnswer answer = {
	    .outcome = outcome_of(&reply),
	    .http_status = reply.http_status,
	    .error_code = reply.error_code,
	};

	if (answer.outcome == CARRIER_DONE)
	{
		exchange_text(reply.json, "sid", answer.call_sid, sizeof(answer.call_sid));
		exchange_text(reply.json, "status", answer.call_status, sizeof(answer.call_status));
	}
	if (answer.outcome == CARRIER_UNKNOWN && reply.message[0] == '\0')
		utf8_copy(answer.message, sizeof(answer.message), "its answer names no call");
	else
		utf8_copy(answer.message, sizeof(answer.message), reply.message);
	exchange_free(&reply);
	return answer;
}

static void
log_answer(const char *event, const CarrierAnswer *answer)
{
	log_event(answer->outcome == CARRIER_DONE ? LOG_INFO : LOG_WARN, event,
	          (LogField[]){log_text("call_sid", answer->call_sid[0] != '\0' ? answer->call_sid : NULL),
	                       log_number("status", answer->http_status),
	                       log_number("code", answer->error_code),
	                       log_text("message", answer->message[0] != '\0' ? answer->message : NULL),
	                       {0}});
}

CarrierAnswer
carrier_create_call(const Carrier *carrier, const CarrierCall *call, long long deadline_ms)
{
	static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
	char *url = exchange_url(carrier->config, "/Calls.json", "", "");
	char *form = exchange_add(NULL, "To", call->to);
	CarrierAnswer answer;

	form = exchange_add(form, "From", carrier->config->twilio_phone_number);
	form = exchange_add(form, "Url", call->twiml_url);
	form = exchange_add(form, "StatusCallback", call->status_url);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		form = exchange_add(form, "StatusCallbackEvent", events[i]);
	answer = post(carrier, url, form, false, deadline_ms);
	log_answer("carrier_create_call", &answer);
	free(form);
	free(url);
	return answer;
}

CarrierAnswer
carrier_end_call(const Carrier *carrier, const char *call_sid, long long deadline_ms)
{
	char *url = exchange_url(carrier->config, "/Calls/", call_sid, ".json");
	CarrierAnswer answer = post(carrier, url, "Status=completed", true, deadline_ms);

	if (answer.error_code == ERROR_NOT_IN_PROGRESS || answer.error_code == ERROR_NOT_FOUND)
		answer.outcome = CARRIER_DONE;
	else if (answer.outcome == CARRIER_DONE && strcmp(answer.call_sid, call_sid) != 0)
		answer.outcome = CARRIER_UNKNOWN; /* it speaks of another call */
	log_answer("carrier_end_call", &answer);
	free(url);
	return answer;
}

#define PRICE_DIGITS_MAX 6 /* before the point: a call costs less */

/* A decimal number as Twilio writes it: what is none never stands in the way of a bill. */
static bool
is_price(const char *text)
{
	const char *whole = text + (text[0] == '-');
	size_t digits = strspn(whole, "0123456789");
	const char *point = whole + digits;

	return digits > 0 && digits <= PRICE_DIGITS_MAX &&
	       (*point == '\0' ||
	        (*point == '.' && point[1] != '\0' && strspn(point + 1, "0123456789") == strlen(point + 1)));
}

static CarrierFinding
read_leg(const cJSON *json, CarrierLeg *leg)
{
	char unit[8];

	exchange_text(json, "sid", leg->call_sid, sizeof(leg->call_sid));
	if (!sid_is(leg->call_sid, "CA"))
		leg->call_sid[0] = '\0';
	exchange_text(json, "status", leg->status, sizeof(leg->status));
	exchange_text(json, "duration", leg->duration_seconds, sizeof(leg->duration_seconds));
	exchange_text(json, "price", leg->price, sizeof(leg->price));
	exchange_text(json, "price_unit", unit, sizeof(unit));
	if (leg->price[0] != '\0' && strcmp(unit, "USD") != 0)
	{
		log_warn("carrier_price_not_in_dollars", log_text("call_sid", leg->call_sid),
		         log_text("price_unit", unit));
		leg->price[0] = '\0';
	}
	else if (leg->price[0] != '\0' && !is_price(leg->price))
	{
		log_warn("carrier_price_not_a_number", log_text("call_sid", leg->call_sid),
		         log_text("price", leg->price));
		leg->price[0] = '\0';
	}
	return leg->status[0] != '\0' ? CARRIER_FOUND : CARRIER_NOT_KNOWN;
}

/* What is asked for: the call of that SID, or the first that it dialled. */
typedef struct Wanted
{
	const char *member; /* which has the SID */
	const char *sid;
} Wanted;

/* An account of another call is none of this one. */
static CarrierFinding
read_wanted_leg(const cJSON *json, Wanted wanted, CarrierLeg *leg)
{
	const char *sid = json_text(json, wanted.member);

	return sid == NULL || strcmp(sid, wanted.sid) == 0 ? read_leg(json, leg) : CARRIER_NOT_KNOWN;
}

/* Twilio's own word counts that a call is unknown: any server may answer 404. */
static CarrierFinding
read_account(const ExchangeReply *reply, Wanted wanted, CarrierLeg *leg)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(reply->json, "calls");

	if (reply->http_status == 404 && reply->error_code == ERROR_NOT_FOUND)
		return CARRIER_NONE;
	if (reply->http_status != 200)
		return CARRIER_NOT_KNOWN;
	if (!cJSON_IsArray(list))
		return read_wanted_leg(reply->json, wanted, leg);
	return cJSON_GetArraySize(list) > 0 ? read_wanted_leg(cJSON_GetArrayItem(list, 0), wanted, leg)
	                                    : CARRIER_NONE;
}

/* The leg at the URL, or the first of the list there. */
static CarrierFinding
get_leg(const Carrier *carrier, char *url, Wanted wanted, CarrierLeg *leg, long long deadline_ms)
{
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"GET", url, NULL, true}, deadline_ms);
	CarrierFinding finding = read_account(&reply, wanted, leg);

	if (finding == CARRIER_NOT_KNOWN)
		log_warn("carrier_read_call", log_number("status", reply.http_status),
		         log_text("message", reply.message[0] != '\0' ? reply.message : "not an account of a call"));
	exchange_free(&reply);
	free(url);
	return finding;
}

CarrierFinding
carrier_read_call(const Carrier *carrier, const char *call_sid, CarrierLeg *leg, long long deadline_ms)
{
	return get_leg(carrier, exchange_url(carrier->config, "/Calls/", call_sid, ".json"),
	               (Wanted){"sid", call_sid}, leg, deadline_ms);
}

CarrierFinding
carrier_read_dialed_leg(const Carrier *carrier, const char *call_sid, const char *dial_call_sid,
                        CarrierLeg *leg, long long deadline_ms)
{
	if (dial_call_sid != NULL)
		return carrier_read_call(carrier, dial_call_sid, leg, deadline_ms);
	return get_leg(carrier,
	               exchange_url(carrier->config, "/Calls.json?PageSize=1&ParentCallSid=", call_sid, ""),
	               (Wanted){"parent_call_sid", call_sid}, leg, deadline_ms);
}
