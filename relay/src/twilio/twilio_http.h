/*
 * twilio_http.h
 *		What all requests to Twilio have in common: who asks, and where the answer goes.
 */
#ifndef RELAY_TWILIO_HTTP_H
#define RELAY_TWILIO_HTTP_H

#include <stddef.h>

#include <curl/curl.h>

struct Config;

typedef struct TwilioBody
{
	char *data; /* allocated, NUL-terminated; NULL for none */
	size_t length;
	size_t most; /* a longer answer breaks the request off */
} TwilioBody;

/* Resets the handle: a GET of the URL with the account's credentials, whose answer is added to the body. */
extern void twilio_http_prepare(CURL *curl, const struct Config *config, const char *url, TwilioBody *body);

#endif
