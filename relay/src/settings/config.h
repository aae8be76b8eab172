/*
 * config.h
 *		The relay's settings: read once from the environment and a file, never changed, and counted, so that a request goes on
 *		with those it began with while others are read.
 */
#ifndef RELAY_CONFIG_H
#define RELAY_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/address.h"
#include "base/log.h"
#include "settings/sentences.h"

/* Texts, ended by a NULL. A list that is not set is NULL. */
typedef char **TextList;

typedef struct AddressRanges
{
	AddressRange *list;
	int count;
} AddressRanges;

/* A text that is not set and has no default is NULL. URLs have no slash at the end. */
typedef struct Config
{
	atomic_int users;
	char *database_url;
	char *database_listen_url; /* NULL: the same */
	int database_connections;
	bool database_prepare;
	char *listen;
	char *live_listen; /* NULL: the port after listen's */
	char *live_url;    /* NULL: that listener's */
	int live_connections;
	char *ops_listen; /* NULL: none */
	int http_threads;
	int max_connections_per_address; /* 0: any number */
	AddressRanges trusted_proxies;
	int rate_limit_address; /* requests a minute; 0: any number */
	int rate_limit_endpoint;
	int rate_limit_user;
	char *public_url;
	char *twilio_account_sid;
	const char *twilio_auth_token; /* the first of them, which signs */
	TextList twilio_auth_tokens;   /* all that are valid while a token is rotated */
	char *twilio_api_key;
	char *twilio_api_secret;
	char *twilio_phone_number;
	char *twilio_twiml_app_sid;
	char *twilio_api_base;
	char *twilio_pricing_base;
	char *supabase_url;
	char *supabase_anon_key;
	char *supabase_jwt_secret; /* NULL: no token is signed by a secret */
	char *supabase_jwks_url;   /* NULL: no token is signed by a public key's owner */
	TextList allowed_origins;
	char *top_up_url;
	bool record_calls;
	bool transcribe_calls;
	int recording_retention_days;
	char *recording_price;   /* US dollars a minute, where Twilio tells none */
	char *recordings_bucket; /* NULL: recordings stay at Twilio */
	char *transcription_price;
	char *supabase_service_key; /* NULL: none */
	char *call_mode;            /* dial or conference */
	int ring_seconds;
	char *sentences_file;
	Sentences *sentences;
	LogLevel log_level;
	int watchdog_seconds; /* 0: off */
} Config;

/* What the settings are for: each use requires its own. */
typedef enum ConfigUse
{
	CONFIG_FOR_SERVICE = 1,
	CONFIG_FOR_RATES = 2,
	CONFIG_FOR_PULL = 4, /* rates from Twilio */
} ConfigUse;

/*
 * Settings from the environment and then from the file, if one is given: what the file says wins. NULL when something is
 * wrong, after one line for each problem.
 */
extern const Config *config_load(const char *file, ConfigUse use, FILE *problems);

/* One more user of the settings, or one less; the last one frees them. */
extern const Config *config_keep(const Config *config);
extern void config_release(const Config *config);

/*
 * Calls back with the name of each setting that differs from that of the running ones although it is read at the start alone.
 */
extern void config_name_fixed(const Config *running, const Config *next, void (*name)(const char *));

/* Whether a browser page from this origin may call the API. */
extern bool config_allows_origin(const Config *config, const char *origin);

/* Whether what this address says of whom it speaks for is believed. */
extern bool config_trusts_proxy(const Config *config, const Address *address);

/* The table, for people. */
extern void config_print_help(FILE *out);

#endif
