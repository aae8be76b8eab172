/*
 * config.h
 *		The relay's settings: one table, read from the environment and from a file.
 */
#ifndef RELAY_CONFIG_H
#define RELAY_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

/* A setting that is not set and has no default is NULL. */
typedef struct Config
{
	char *database_url;
	char *database_connections;
	char *listen;
	char *ops_listen; /* NULL: none */
	char *http_threads;
	char *public_url; /* without a slash at the end */
	char *twilio_account_sid;
	char *twilio_auth_token;
	char *twilio_api_key;
	char *twilio_api_secret;
	char *twilio_phone_number;
	char *twilio_twiml_app_sid;
	char *twilio_api_base;     /* without a slash at the end */
	char *twilio_pricing_base; /* without a slash at the end */
	char *supabase_url;
	char *supabase_jwt_secret;
	char *supabase_jwks_url;
	char *allowed_origins;
	char *record_calls;
	char *transcribe_calls;
	char *log_level;
	char *watchdog_seconds; /* 0: off */
} Config;

/* What the settings are for: each use requires its own. */
typedef enum ConfigUse
{
	CONFIG_FOR_SERVICE = 1,
	CONFIG_FOR_RATES = 2,
	CONFIG_FOR_PULL = 4, /* rates from Twilio */
} ConfigUse;

/*
 * Fills the settings from the environment and then from the file, if one is given: what the file says wins.
 * Writes one line per problem and returns how many there were.
 */
extern int config_load(Config *config, const char *file, ConfigUse use, FILE *problems);

extern void config_free(Config *config);

/* A number that config_load has found good. */
extern int config_number(const char *value);

/* Writes a line to the log for each setting that is set but does nothing in this version. */
extern void config_warn_reserved(const Config *config);

/* Whether a browser page from this origin may call the API. */
extern bool config_allows_origin(const Config *config, const char *origin);

/* The table, for people. */
extern void config_print_help(FILE *out);

#endif
