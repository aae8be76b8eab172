/*
 * fetch.c
 *		Requests side by side, by libcurl's multi interface.
 */
#include "rates/fetch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/must.h"
#include "settings/config.h"

#define AT_A_TIME 4
#define ATTEMPTS_MAX 5
#define FIRST_PAUSE_MS 500
#define PAUSE_SECONDS_MAX 60 /* however long Retry-After is */
#define CONNECT_TIMEOUT_MS 10000L
#define TIMEOUT_MS 60000L
#define ANSWER_BYTES_MAX (16 * 1024 * 1024)

/* A connection that is kept from one request to the next. */
typedef struct Line
{
	CURL *curl;
	Fetch *fetch; /* NULL while it is idle */
} Line;

typedef struct Run
{
	const Config *config;
	CURLM *multi;
	Line lines[AT_A_TIME];
	Fetch *fetches;
	int count;
	int done;
	const Fetch *failed;
	FetchProgress progress;
	void *context;
} Run;

static bool
is_under_way(const Run *run, const Fetch *fetch)
{
	for (int i = 0; i < AT_A_TIME; i++)
		if (run->lines[i].fetch == fetch)
			return true;
	return false;
}

/* The first one that may start now; otherwise NULL, and *wait_ms becomes no longer than until one may. */
static Fetch *
next_due(const Run *run, long long now_ms, int *wait_ms)
{
	for (int i = 0; i < run->count; i++)
	{
		Fetch *fetch = &run->fetches[i];

		if (fetch->done || is_under_way(run, fetch))
			continue;
		if (fetch->not_before_ms <= now_ms)
			return fetch;
		if (fetch->not_before_ms - now_ms < *wait_ms)
			*wait_ms = (int) (fetch->not_before_ms - now_ms);
	}
	return NULL;
}

static void
start(Run *run, Line *line, Fetch *fetch)
{
	fetch->attempts++;
	fetch->body.length = 0;
	fetch->body.most = ANSWER_BYTES_MAX;
	line->fetch = fetch;
	twilio_http_prepare(line->curl, run->config, fetch->url, &fetch->body);
	curl_easy_setopt(line->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(line->curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(line->curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(line->curl, CURLOPT_PRIVATE, line);
	curl_multi_add_handle(run->multi, line->curl);
}

static void
start_due(Run *run, int *wait_ms)
{
	long long now_ms = clock_ms();

	for (int i = 0; i < AT_A_TIME; i++)
	{
		Fetch *fetch = run->lines[i].fetch == NULL ? next_due(run, now_ms, wait_ms) : NULL;

		if (fetch != NULL)
			start(run, &run->lines[i], fetch);
	}
}

static bool
may_pass(CURLcode code, int http_status)
{
	switch (code)
	{
		case CURLE_OK:
			return http_status == 429 || http_status >= 500;
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_CONNECT:
		case CURLE_OPERATION_TIMEDOUT:
		case CURLE_GOT_NOTHING:
		case CURLE_PARTIAL_FILE:
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
		case CURLE_HTTP2:
		case CURLE_HTTP2_STREAM:
			return true;
		default:
			return false;
	}
}

/* Twice as long each time and a part at random, so that the requests do not come back together. */
static long long
pause_ms(const Fetch *fetch, CURL *curl)
{
	long long pause = (long long) FIRST_PAUSE_MS << (fetch->attempts - 1);
	curl_off_t asked_seconds = 0;

	pause += arc4random_uniform((uint32_t) pause / 2);
	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &asked_seconds);
	if (asked_seconds > PAUSE_SECONDS_MAX)
		asked_seconds = PAUSE_SECONDS_MAX;
	return pause > asked_seconds * 1000 ? pause : asked_seconds * 1000;
}

/* What Twilio says of it, or else its status. */
static void
describe_refusal(Fetch *fetch)
{
	cJSON *json = fetch->body.data != NULL ? json_parse(fetch->body.data, fetch->body.length) : NULL;
	const char *message = json_text(json, "message");

	snprintf(fetch->error, sizeof(fetch->error), "HTTP %d%s%s", fetch->http_status,
	         message != NULL ? ": " : "", message != NULL ? message : "");
	cJSON_Delete(json);
}

static void
finish(Run *run, Line *line, CURLcode code)
{
	Fetch *fetch = line->fetch;
	long status = 0;

	line->fetch = NULL;
	curl_easy_getinfo(line->curl, CURLINFO_RESPONSE_CODE, &status);
	fetch->http_status = code == CURLE_OK ? (int) status : 0;
	if (code == CURLE_OK && status == 200)
	{
		fetch->done = true;
		fetch->error[0] = '\0';
		run->progress(run->context, fetch, ++run->done);
		return;
	}
	if (code == CURLE_OK)
		describe_refusal(fetch);
	else
		snprintf(fetch->error, sizeof(fetch->error), "no answer: %s", curl_easy_strerror(code));
	if (may_pass(code, fetch->http_status) && fetch->attempts < ATTEMPTS_MAX)
		fetch->not_before_ms = clock_ms() + pause_ms(fetch, line->curl);
	else
		run->failed = fetch;
}

/* Returns how many requests have ended. */
static int
collect(Run *run)
{
	CURLMsg *message;
	int ended = 0;
	int left;

	while (run->failed == NULL && (message = curl_multi_info_read(run->multi, &left)) != NULL)
	{
		CURLcode code = message->data.result;
		Line *line;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &line);
		/* The message is gone with the handle. */
		curl_multi_remove_handle(run->multi, line->curl);
		finish(run, line, code);
		ended++;
	}
	return ended;
}

static void
open_lines(Run *run)
{
	run->multi = must(curl_multi_init());
	for (int i = 0; i < AT_A_TIME; i++)
		run->lines[i].curl = must(curl_easy_init());
}

static void
close_lines(Run *run)
{
	for (int i = 0; i < AT_A_TIME; i++)
	{
		if (run->lines[i].fetch != NULL)
			curl_multi_remove_handle(run->multi, run->lines[i].curl);
		curl_easy_cleanup(run->lines[i].curl);
	}
	curl_multi_cleanup(run->multi);
}

const Fetch *
rates_fetch_all(const Config *config, Fetch *fetches, int count, FetchProgress progress, void *context)
{
	Run run = {
	    .config = config, .fetches = fetches, .count = count, .progress = progress, .context = context};
	int running;

	open_lines(&run);
	while (run.done < count && run.failed == NULL)
	{
		int wait_ms = 1000;

		start_due(&run, &wait_ms);
		curl_multi_perform(run.multi, &running);
		if (collect(&run) == 0)
			curl_multi_poll(run.multi, NULL, 0, wait_ms, NULL);
	}
	close_lines(&run);
	return run.failed;
}
