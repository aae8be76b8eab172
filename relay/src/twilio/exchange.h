/*
 * exchange.h
 *		One request to Twilio's REST API and its answer, asked again where that is safe.
 */
#ifndef RELAY_EXCHANGE_H
#define RELAY_EXCHANGE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

struct Config;
struct Handles;

/* Who asks: the relay's handles, and the settings of the piece of work. */
typedef struct Carrier
{
	struct Handles *handles;
	const struct Config *config;
} Carrier;

typedef struct Exchange
{
	const char *method; /* GET, POST or DELETE */
	const char *url;
	const char *form; /* of a POST */
	bool repeatable;  /* doing it twice does no more harm than once */
} Exchange;

typedef struct ExchangeReply
{
	bool reached;      /* false: certainly nothing was done */
	int http_status;   /* 0 when there was no answer */
	int wait_seconds;  /* Retry-After; 0 when it does not say */
	int error_code;    /* Twilio's, 0 for none */
	cJSON *json;       /* NULL: the body is none */
	char message[256]; /* Twilio's, or why there is no answer; empty for none */
} ExchangeReply;

/*
 * Asks, by the deadline, and ten seconds a try at the latest. Too many requests at once (429) is always asked again, after as long
 * as Retry-After says: Twilio did nothing. What is repeatable is asked again, too, when there is no answer or a 5xx. Three tries at
 * most.
 */
extern ExchangeReply exchange_run(const Carrier *carrier, const Exchange *exchange, long long deadline_ms);
extern void exchange_free(ExchangeReply *reply);

/* The URL of something of the account: "/Calls/" and a SID, ".json". To be freed. */
extern char *exchange_url(const struct Config *config, const char *before, const char *sid,
                          const char *after);

/* Adds name=value to the text of a form, which is allocated anew; a text of NULL begins one. */
extern char *exchange_add(char *form, const char *name, const char *value);

/* A text of the answer, copied; empty when there is none or it does not fit: then it is none that Twilio writes. */
extern void exchange_text(const cJSON *json, const char *name, char *text, size_t size);

#endif
