/*
 * exchange.c
 *		Requests to Twilio by libcurl.
 */
#include "twilio/exchange.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/must.h"
#include "base/utf8.h"
#include "metrics/metrics.h"
#include "settings/config.h"
#include "twilio/handles.h"
#include "twilio/twilio_http.h"

#define CONNECT_TIMEOUT_MS 4000L
#define TIMEOUT_MS 10000L                  /* a person is waiting for the answer */
#define ANSWER_BYTES_MAX (4 * 1024 * 1024) /* a page of a list; one call is 2 KB */

#define TOO_MANY_REQUESTS 429
#define TRIES_MAX 3
#define FIRST_PAUSE_MS 300
#define LAST_TRY_MS 1000    /* what a try needs */
#define WAIT_SECONDS_MAX 60 /* however long Retry-After is */

void
exchange_text(const cJSON *json, const char *name, char *text, size_t size)
{
	const char *value = json_text(json, name);

	text[0] = '\0';
	if (value != NULL && strlen(value) < size)
		strcpy(text, value);
}

char *
exchange_url(const Config *config, const char *before, const char *sid, const char *after)
{
	char *escaped = must(curl_easy_escape(NULL, sid, 0));
	char *url = must_format("%s/2010-04-01/Accounts/%s%s%s%s", config->twilio_api_base,
	                        config->twilio_account_sid, before, escaped, after);

	curl_free(escaped);
	return url;
}

char *
exchange_add(char *form, const char *name, const char *value)
{
	char *escaped = must(curl_easy_escape(NULL, value, 0));
	char *longer = must_format("%s%s%s=%s", form != NULL ? form : "", form != NULL ? "&" : "", name, escaped);

	curl_free(escaped);
	free(form);
	return longer;
}

/* Without an answer, only a request of which no byte was sent proves that nothing was done. */
static void
read_failure(CURL *curl, CURLcode code, ExchangeReply *reply)
{
	long sent = 0;

	curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
	reply->reached = code != CURLE_COULDNT_CONNECT && sent > 0;
	snprintf(reply->message, sizeof(reply->message), "no answer: %s", curl_easy_strerror(code));
}

static void
read_answer(CURL *curl, const TwilioBody *body, ExchangeReply *reply)
{
	curl_off_t wait_seconds = 0;
	long status = 0;
	const cJSON *code;
	const char *message;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait_seconds);
	reply->reached = true;
	reply->http_status = (int) status;
	reply->wait_seconds = (int) (wait_seconds < WAIT_SECONDS_MAX ? wait_seconds : WAIT_SECONDS_MAX);
	reply->json = body->data != NULL ? json_parse(body->data, body->length) : NULL;
	code = cJSON_GetObjectItemCaseSensitive(reply->json, "code");
	message = json_text(reply->json, "message");
	if (cJSON_IsNumber(code))
		reply->error_code = code->valueint;
	if (message != NULL)
		utf8_copy(reply->message, sizeof(reply->message), message);
}

/*
 * libcurl repeats a request by itself when a kept connection turns out to be dead. A request that must not be
 * done twice therefore goes over a connection of its own.
 */
static void
prepare(CURL *curl, const Config *config, const Exchange *exchange, TwilioBody *body, long long deadline_ms)
{
	long left_ms = (long) clock_left_ms(deadline_ms);

	twilio_http_prepare(curl, config, exchange->url, body);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms < TIMEOUT_MS ? left_ms : TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, exchange->repeatable ? 0L : 1L);
	if (strcmp(exchange->method, "POST") == 0)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, exchange->form);
	else if (strcmp(exchange->method, "GET") != 0)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, exchange->method);
}

static CURLcode
perform(CURL *curl, const char *method)
{
	long long began_ms = clock_ms();
	CURLcode code = curl_easy_perform(curl);
	char outcome[16] = "no_answer";
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		snprintf(outcome, sizeof(outcome), "%ld", status);
	metric_add(METRIC_TWILIO_REQUESTS, method, outcome, 1);
	metric_observe(METRIC_TWILIO_SECONDS, method, NULL, (double) (clock_ms() - began_ms) / 1000);
	return code;
}

static ExchangeReply
try_once(const Carrier *carrier, const Exchange *exchange, long long deadline_ms)
{
	ExchangeReply reply = {.message = "there was no time left to ask"};
	TwilioBody body = {.most = ANSWER_BYTES_MAX};
	CURL *curl = clock_left_ms(deadline_ms) > 0 ? handles_take(carrier->handles, deadline_ms) : NULL;
	CURLcode code;

	if (curl == NULL)
		return reply;
	reply.message[0] = '\0';
	if (clock_left_ms(deadline_ms) == 0)
		code = CURLE_COULDNT_CONNECT;
	else
	{
		prepare(curl, carrier->config, exchange, &body, deadline_ms);
		code = perform(curl, exchange->method);
	}
	if (code == CURLE_OK)
		read_answer(curl, &body, &reply);
	else
		read_failure(curl, code, &reply);
	handles_return(carrier->handles, curl);
	free(body.data);
	return reply;
}

static bool
is_worth_another(const Exchange *exchange, const ExchangeReply *reply)
{
	return reply->http_status == TOO_MANY_REQUESTS ||
	       (exchange->repeatable && (reply->http_status == 0 || reply->http_status >= 500));
}

ExchangeReply
exchange_run(const Carrier *carrier, const Exchange *exchange, long long deadline_ms)
{
	ExchangeReply reply = try_once(carrier, exchange, deadline_ms);
	int pause_ms = FIRST_PAUSE_MS;

	for (int tries = 1; is_worth_another(exchange, &reply) && tries < TRIES_MAX; tries++)
	{
		int wait_ms = reply.wait_seconds > 0 ? reply.wait_seconds * 1000
		                                     : pause_ms + (int) arc4random_uniform((uint32_t) pause_ms);

		if (clock_left_ms(deadline_ms) < wait_ms + LAST_TRY_MS)
			break;
		poll(NULL, 0, wait_ms);
		pause_ms *= 2;
		exchange_free(&reply);
		reply = try_once(carrier, exchange, deadline_ms);
	}
	return reply;
}

void
exchange_free(ExchangeReply *reply)
{
	cJSON_Delete(reply->json);
	reply->json = NULL;
}
