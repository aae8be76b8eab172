/*
 * fetch.h
 *		Many GET requests to Twilio, a few at a time. What may pass (429, 5xx, a broken connection) is asked
 *		again, after growing pauses.
 */
#ifndef RELAY_RATES_FETCH_H
#define RELAY_RATES_FETCH_H

#include <stdbool.h>

#include "twilio/twilio_http.h"

struct Config;

typedef struct Fetch
{
	char *url; /* the caller's */
	TwilioBody body;
	int http_status; /* 0 without an answer */
	char error[256]; /* why there is no body of a success; empty when there is one */

	int attempts;
	long long not_before_ms;
	bool done;
} Fetch;

/* Called whenever one more is done. */
typedef void (*FetchProgress)(void *context, const Fetch *fetch, int done);

/* Fetches them all; the first one that fails for good ends it, and is answered. NULL when all are there. */
extern const Fetch *rates_fetch_all(const struct Config *config, Fetch *fetches, int count,
                                    FetchProgress progress, void *context);

#endif
