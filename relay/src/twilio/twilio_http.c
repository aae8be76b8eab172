/*
 * twilio_http.c
 *		The options of libcurl that every request to Twilio needs.
 */
#include "twilio/twilio_http.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "settings/config.h"

static size_t
receive(char *data, size_t size, size_t count, void *context)
{
	TwilioBody *body = context;
	size_t length = size * count;

	if (body->length + length > body->most)
		return 0;
	body->data = must(realloc(body->data, body->length + length + 1));
	memcpy(body->data + body->length, data, length);
	body->length += length;
	body->data[body->length] = '\0';
	return length;
}

void
twilio_http_prepare(CURL *curl, const Config *config, const char *url, TwilioBody *body)
{
	bool by_key = config->twilio_api_key != NULL;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "worldtune-relay/" RELAY_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(curl, CURLOPT_USERNAME, by_key ? config->twilio_api_key : config->twilio_account_sid);
	curl_easy_setopt(curl, CURLOPT_PASSWORD, by_key ? config->twilio_api_secret : config->twilio_auth_token);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
}
