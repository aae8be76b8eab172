/*
 * carrier.c
 *		Client of Twilio's REST API, by libcurl.
 */
#include "twilio/carrier.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/must.h"
#include "base/utf8.h"
#include "settings/config.h"
#include "twilio/twilio_http.h"

#define CONNECT_TIMEOUT_MS 4000L
#define TIMEOUT_MS 10000L /* a person is waiting for the answer */
#define ANSWER_BYTES_MAX (64 * 1024)

#define TOO_MANY_REQUESTS 429
#define TRIES_MAX 3
#define FIRST_PAUSE_MS 300
#define LAST_TRY_MS 1000    /* what a try needs */
#define WAIT_SECONDS_MAX 60 /* however long Retry-After is */

/* https://www.twilio.com/docs/api/errors */
#define ERROR_NOT_FOUND 20404
#define ERROR_NOT_IN_PROGRESS 21220

struct Carrier
{
	const Config *config;
	CURL *curl; /* made at the first request of the thread, then kept with its connection */
};

Carrier *
carrier_open(void)
{
	return must_alloc(sizeof(Carrier));
}

void
carrier_configure(Carrier *carrier, const Config *config)
{
	carrier->config = config;
}

void
carrier_close(Carrier *carrier)
{
	if (carrier == NULL)
		return;
	curl_easy_cleanup(carrier->curl);
	free(carrier);
}

static void
add_parameter(Carrier *carrier, FILE *form, const char *name, const char *value)
{
	char *escaped = must(curl_easy_escape(carrier->curl, value, 0));

	fprintf(form, "%s%s=%s", ftell(form) > 0 ? "&" : "", name, escaped);
	curl_free(escaped);
}

/* Without an answer, only a connection that never came about proves that nothing was done. */
static void
read_failure(CURLcode code, CarrierAnswer *answer)
{
	bool reached = code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST &&
	               code != CURLE_COULDNT_RESOLVE_PROXY && code != CURLE_PEER_FAILED_VERIFICATION;

	answer->outcome = reached ? CARRIER_UNKNOWN : CARRIER_REFUSED;
	snprintf(answer->message, sizeof(answer->message), "no answer: %s", curl_easy_strerror(code));
}

/* A text that does not fit is none that Twilio writes. */
static void
copy_text(const cJSON *object, const char *name, char *text, size_t size)
{
	const char *value = json_text(object, name);

	text[0] = '\0';
	if (value != NULL && strlen(value) < size)
		strcpy(text, value);
}

/* A success that names no call says nothing of what was done. */
static CarrierOutcome
outcome_of(int http_status, const char *sid)
{
	if (http_status >= 200 && http_status < 300 && sid_is(sid, "CA"))
		return CARRIER_DONE;
	return http_status >= 400 && http_status < 500 ? CARRIER_REFUSED : CARRIER_UNKNOWN;
}

static void
read_answer(const TwilioBody *body, CarrierAnswer *answer)
{
	cJSON *json = body->data != NULL ? json_parse(body->data, body->length) : NULL;
	const char *message = json_text(json, "message");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(json, "code");

	answer->outcome = outcome_of(answer->http_status, json_text(json, "sid"));
	if (answer->outcome == CARRIER_DONE)
	{
		copy_text(json, "sid", answer->call_sid, sizeof(answer->call_sid));
		copy_text(json, "status", answer->call_status, sizeof(answer->call_status));
	}
	if (cJSON_IsNumber(code))
		answer->error_code = code->valueint;
	if (message == NULL)
		message = answer->outcome == CARRIER_UNKNOWN ? "its answer names no call" : "";
	utf8_copy(answer->message, sizeof(answer->message), message);
	cJSON_Delete(json);
}

static void
prepare(Carrier *carrier, const char *url, TwilioBody *body, long long deadline_ms)
{
	long left_ms = (long) clock_left_ms(deadline_ms);

	twilio_http_prepare(carrier->curl, carrier->config, url, body);
	curl_easy_setopt(carrier->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(carrier->curl, CURLOPT_TIMEOUT_MS, left_ms < TIMEOUT_MS ? left_ms : TIMEOUT_MS);
}

/*
 * libcurl repeats a request by itself when a kept connection turns out to be dead. A request that must not be
 * done twice therefore goes over a connection of its own.
 */
static CarrierAnswer
post(Carrier *carrier, const char *url, const char *form, bool repeatable, long long deadline_ms)
{
	CarrierAnswer answer = {0};
	TwilioBody body = {.most = ANSWER_BYTES_MAX};
	curl_off_t wait_seconds = 0;
	long status = 0;
	CURLcode code;

	if (clock_left_ms(deadline_ms) == 0)
		return (CarrierAnswer){.outcome = CARRIER_REFUSED, .message = "there was no time left to ask"};
	prepare(carrier, url, &body, deadline_ms);
	curl_easy_setopt(carrier->curl, CURLOPT_POSTFIELDS, form);
	curl_easy_setopt(carrier->curl, CURLOPT_FRESH_CONNECT, repeatable ? 0L : 1L);
	code = curl_easy_perform(carrier->curl);
	if (code == CURLE_OK)
	{
		curl_easy_getinfo(carrier->curl, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(carrier->curl, CURLINFO_RETRY_AFTER, &wait_seconds);
		answer.http_status = (int) status;
		answer.wait_seconds = (int) (wait_seconds < WAIT_SECONDS_MAX ? wait_seconds : WAIT_SECONDS_MAX);
		read_answer(&body, &answer);
	}
	else
		read_failure(code, &answer);
	free(body.data);
	return answer;
}

/* Too many requests at once (429) is the one refusal that passes by itself, and nothing was done. */
static CarrierAnswer
post_patiently(Carrier *carrier, const char *url, const char *form, bool repeatable, long long deadline_ms)
{
	CarrierAnswer answer = post(carrier, url, form, repeatable, deadline_ms);
	int pause_ms = FIRST_PAUSE_MS;

	for (int tries = 1; answer.http_status == TOO_MANY_REQUESTS && tries < TRIES_MAX; tries++)
	{
		int wait_ms = answer.wait_seconds > 0 ? answer.wait_seconds * 1000
		                                      : pause_ms + (int) arc4random_uniform((uint32_t) pause_ms);

		if (clock_left_ms(deadline_ms) < wait_ms + LAST_TRY_MS)
			break;
		poll(NULL, 0, wait_ms);
		pause_ms *= 2;
		answer = post(carrier, url, form, repeatable, deadline_ms);
	}
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

static void
ensure_curl(Carrier *carrier)
{
	if (carrier->curl == NULL)
		carrier->curl = must(curl_easy_init());
}

/* The resource of the account's calls, and what follows, with the SID in it. */
static char *
calls_url(Carrier *carrier, const char *before, const char *sid, const char *after)
{
	const Config *config = carrier->config;
	char *escaped = must(curl_easy_escape(carrier->curl, sid, 0));
	char *url = must_format("%s/2010-04-01/Accounts/%s/Calls%s%s%s", config->twilio_api_base,
	                        config->twilio_account_sid, before, escaped, after);

	curl_free(escaped);
	return url;
}

CarrierAnswer
carrier_create_call(Carrier *carrier, const CarrierCall *call, long long deadline_ms)
{
	static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
	const Config *config = carrier->config;
	char *url;
	char *text = NULL;
	size_t length;
	FILE *form = must(open_memstream(&text, &length));
	CarrierAnswer answer;

	ensure_curl(carrier);
	url = calls_url(carrier, ".json", "", "");
	add_parameter(carrier, form, "To", call->to);
	add_parameter(carrier, form, "From", config->twilio_phone_number);
	add_parameter(carrier, form, "Url", call->twiml_url);
	add_parameter(carrier, form, "StatusCallback", call->status_url);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		add_parameter(carrier, form, "StatusCallbackEvent", events[i]);
	fclose(form);
	answer = post_patiently(carrier, url, text, false, deadline_ms);
	log_answer("carrier_create_call", &answer);
	free(text);
	free(url);
	return answer;
}

CarrierAnswer
carrier_end_call(Carrier *carrier, const char *call_sid, long long deadline_ms)
{
	CarrierAnswer answer;
	char *url;

	ensure_curl(carrier);
	url = calls_url(carrier, "/", call_sid, ".json");
	answer = post_patiently(carrier, url, "Status=completed", true, deadline_ms);
	if (answer.error_code == ERROR_NOT_IN_PROGRESS || answer.error_code == ERROR_NOT_FOUND)
		answer.outcome = CARRIER_DONE;
	else if (answer.outcome == CARRIER_DONE && strcmp(answer.call_sid, call_sid) != 0)
		answer.outcome = CARRIER_UNKNOWN; /* it speaks of another call */
	log_answer("carrier_end_call", &answer);
	free(url);
	return answer;
}

static CarrierFinding
read_leg(const cJSON *json, CarrierLeg *leg)
{
	char unit[8];

	copy_text(json, "sid", leg->call_sid, sizeof(leg->call_sid));
	if (!sid_is(leg->call_sid, "CA"))
		leg->call_sid[0] = '\0';
	copy_text(json, "status", leg->status, sizeof(leg->status));
	copy_text(json, "duration", leg->duration_seconds, sizeof(leg->duration_seconds));
	copy_text(json, "price", leg->price, sizeof(leg->price));
	copy_text(json, "price_unit", unit, sizeof(unit));
	if (leg->price[0] != '\0' && strcmp(unit, "USD") != 0)
	{
		log_warn("carrier_price_not_in_dollars", log_text("call_sid", leg->call_sid),
		         log_text("price_unit", unit));
		leg->price[0] = '\0';
	}
	return leg->status[0] != '\0' ? CARRIER_FOUND : CARRIER_NOT_KNOWN;
}

/* Twilio's own word counts that a call is unknown: any server may answer 404. */
static CarrierFinding
read_account(const cJSON *json, long http_status, CarrierLeg *leg)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "calls");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(json, "code");

	if (http_status == 404 && cJSON_IsNumber(code) && code->valueint == ERROR_NOT_FOUND)
		return CARRIER_NONE;
	if (http_status != 200)
		return CARRIER_NOT_KNOWN;
	if (!cJSON_IsArray(list))
		return read_leg(json, leg);
	return cJSON_GetArraySize(list) > 0 ? read_leg(cJSON_GetArrayItem(list, 0), leg) : CARRIER_NONE;
}

/* The leg at the URL, or the first of the list there. */
static CarrierFinding
get_leg(Carrier *carrier, const char *url, CarrierLeg *leg, long long deadline_ms)
{
	TwilioBody body = {.most = ANSWER_BYTES_MAX};
	CarrierFinding finding = CARRIER_NOT_KNOWN;
	long status = 0;
	cJSON *json;
	CURLcode code;

	if (clock_left_ms(deadline_ms) == 0)
		return CARRIER_NOT_KNOWN;
	prepare(carrier, url, &body, deadline_ms);
	code = curl_easy_perform(carrier->curl);
	curl_easy_getinfo(carrier->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && body.data != NULL)
	{
		json = json_parse(body.data, body.length);
		finding = read_account(json, status, leg);
		cJSON_Delete(json);
	}
	if (finding == CARRIER_NOT_KNOWN)
		log_warn(
		    "carrier_read_call", log_number("status", (double) status),
		    log_text("message", code != CURLE_OK ? curl_easy_strerror(code) : "not an account of a call"));
	free(body.data);
	return finding;
}

CarrierFinding
carrier_read_call(Carrier *carrier, const char *call_sid, CarrierLeg *leg, long long deadline_ms)
{
	CarrierFinding finding;
	char *url;

	ensure_curl(carrier);
	url = calls_url(carrier, "/", call_sid, ".json");
	finding = get_leg(carrier, url, leg, deadline_ms);
	free(url);
	return finding;
}

CarrierFinding
carrier_read_dialed_leg(Carrier *carrier, const char *call_sid, const char *dial_call_sid, CarrierLeg *leg,
                        long long deadline_ms)
{
	CarrierFinding finding;
	char *url;

	if (dial_call_sid != NULL)
		return carrier_read_call(carrier, dial_call_sid, leg, deadline_ms);
	ensure_curl(carrier);
	url = calls_url(carrier, ".json?PageSize=1&ParentCallSid=", call_sid, "");
	finding = get_leg(carrier, url, leg, deadline_ms);
	free(url);
	return finding;
}
