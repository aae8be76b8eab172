/*
 * config.c
 *		Settings: the table, where values come from, what is wrong with them.
 */
#include "settings/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <libpq-fe.h>

#include "base/log.h"
#include "base/must.h"
#include "base/sid.h"

#define HTTP_THREADS_MAX 4096
#define DATABASE_CONNECTIONS_MAX 500
#define WATCHDOG_SECONDS_MAX 3600
#define JWT_SECRET_BYTES_MIN 32 /* RFC 7518 section 3.2: no shorter than the hash */

/* Beside the uses (ConfigUse) that a setting is required for. */
enum
{
	REQUIRED = CONFIG_FOR_SERVICE,
	SECRET = 8,
	RESERVED = 16, /* a name of the product that this version does nothing with */
};

typedef struct Setting
{
	const char *name;
	size_t offset;
	int flags;
	const char *fallback;
	const char *(*fault)(const char *value); /* what a good value is, or NULL when this is one */
	const char *help;
} Setting;

static const char *
account_sid_fault(const char *value)
{
	return sid_is(value, "AC") ? NULL : "must be AC and 32 lower-case hexadecimal digits";
}

static const char *
api_key_fault(const char *value)
{
	return sid_is(value, "SK") ? NULL : "must be SK and 32 lower-case hexadecimal digits";
}

static const char *
app_sid_fault(const char *value)
{
	return sid_is(value, "AP") ? NULL : "must be AP and 32 lower-case hexadecimal digits";
}

static const char *
phone_number_fault(const char *value)
{
	size_t digits = value[0] == '+' ? strspn(value + 1, "0123456789") : 0;

	return digits >= 7 && digits <= 15 && value[1] != '0' && value[digits + 1] == '\0'
	           ? NULL
	           : "must be a number in E.164, such as +15005550006";
}

static const char *
database_url_fault(const char *value)
{
	PQconninfoOption *options = PQconninfoParse(value, NULL);

	if (options == NULL)
		return "must be a PostgreSQL connection string, such as postgresql://worldtune_relay@localhost:5432/postgres";
	PQconninfoFree(options);
	return NULL;
}

static const char *
listen_fault(const char *value)
{
	static const char good[] = "must be an IPv4 address and a port, such as 127.0.0.1:8080";
	const char *colon = strrchr(value, ':');
	char host[INET_ADDRSTRLEN];
	struct in_addr address;
	size_t digits;

	if (colon == NULL || colon - value >= INET_ADDRSTRLEN)
		return good;
	memcpy(host, value, colon - value);
	host[colon - value] = '\0';
	digits = strspn(colon + 1, "0123456789");
	if (inet_pton(AF_INET, host, &address) != 1 || digits == 0 || digits > 5 || colon[1 + digits] != '\0' ||
	    atoi(colon + 1) > 65535)
		return good;
	return NULL;
}

static bool
url_has(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && text != NULL;

	curl_free(text);
	return has;
}

static const char *
url_fault(const char *value)
{
	CURLU *url = must(curl_url());
	bool http = strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0;
	bool good = http && curl_url_set(url, CURLUPART_URL, value, 0) == CURLUE_OK &&
	            !url_has(url, CURLUPART_USER) && !url_has(url, CURLUPART_QUERY) &&
	            !url_has(url, CURLUPART_FRAGMENT);

	curl_url_cleanup(url);
	return good ? NULL : "must be an http:// or https:// URL without user, query or fragment";
}

static const char *
jwt_secret_fault(const char *value)
{
	return strlen(value) >= JWT_SECRET_BYTES_MIN ? NULL : "must have at least 32 characters";
}

static const char *
log_level_fault(const char *value)
{
	LogLevel level;

	return log_level_from_text(value, &level) ? NULL : "must be one of debug, info, warn, error";
}

static bool
is_number_up_to(const char *value, long most)
{
	char *end;
	long number;

	if (!isdigit((unsigned char) value[0]))
		return false;
	errno = 0;
	number = strtol(value, &end, 10);
	return *end == '\0' && errno == 0 && number >= 1 && number <= most;
}

static const char *
connections_fault(const char *value)
{
	return is_number_up_to(value, DATABASE_CONNECTIONS_MAX) ? NULL : "must be a number from 1 to 500";
}

static const char *
threads_fault(const char *value)
{
	return is_number_up_to(value, HTTP_THREADS_MAX) ? NULL : "must be a number from 1 to 4096";
}

static const char *
watchdog_fault(const char *value)
{
	return strcmp(value, "0") == 0 || is_number_up_to(value, WATCHDOG_SECONDS_MAX)
	           ? NULL
	           : "must be a number from 0 (off) to 3600";
}

/* The next origin of a comma-separated list, trimmed, as a copy; NULL at its end. */
static char *
next_origin(const char **list)
{
	const char *start = *list + strspn(*list, ", \t");
	size_t length = strcspn(start, ", \t");

	*list = start + length;
	return length > 0 ? must(strndup(start, length)) : NULL;
}

static const char *
origins_fault(const char *value)
{
	const char *fault = NULL;
	char *origin;

	while (fault == NULL && (origin = next_origin(&value)) != NULL)
	{
		const char *host = strstr(origin, "://");

		if (url_fault(origin) != NULL || host == NULL || strchr(host + 3, '/') != NULL)
			fault = "must be origins such as https://app.example.org, separated by commas";
		free(origin);
	}
	return fault;
}

static const char *
switch_fault(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ? NULL : "must be true or false";
}

static const Setting settings[] = {
    {"ALLOWED_ORIGINS", offsetof(Config, allowed_origins), 0, NULL, origins_fault,
     "origins whose pages may call the API, separated by commas (none: the relay's own page only)"},
    {"DATABASE_CONNECTIONS", offsetof(Config, database_connections), 0, "8", connections_fault,
     "most connections to PostgreSQL; fewer than threads, for each is held for one statement only"},
    {"DATABASE_URL", offsetof(Config, database_url), REQUIRED | CONFIG_FOR_RATES | CONFIG_FOR_PULL | SECRET,
     NULL, database_url_fault, "PostgreSQL, as role worldtune_relay"},
    {"HTTP_THREADS", offsetof(Config, http_threads), 0, "256", threads_fault,
     "most HTTP connections served at once, idle ones included"},
    {"LISTEN", offsetof(Config, listen), 0, "127.0.0.1:8080", listen_fault,
     "address and port; port 0 takes a free one"},
    {"LOG_LEVEL", offsetof(Config, log_level), 0, "info", log_level_fault, "debug, info, warn or error"},
    {"OPS_LISTEN", offsetof(Config, ops_listen), 0, NULL, listen_fault,
     "address and port of a second listener, with threads of its own, for /healthz and /readyz"},
    {"PUBLIC_URL", offsetof(Config, public_url), REQUIRED, NULL, url_fault,
     "where Twilio reaches this relay; its signatures cover this very text"},
    {"RECORD_CALLS", offsetof(Config, record_calls), RESERVED, NULL, switch_fault, "true or false"},
    {"SUPABASE_JWKS_URL", offsetof(Config, supabase_jwks_url), RESERVED, NULL, url_fault,
     "public keys of user tokens"},
    {"SUPABASE_JWT_SECRET", offsetof(Config, supabase_jwt_secret), REQUIRED | SECRET, NULL, jwt_secret_fault,
     "signs the users' tokens (HS256)"},
    {"SUPABASE_URL", offsetof(Config, supabase_url), RESERVED, NULL, url_fault, "the Supabase gateway"},
    {"TRANSCRIBE_CALLS", offsetof(Config, transcribe_calls), RESERVED, NULL, switch_fault, "true or false"},
    {"TWILIO_ACCOUNT_SID", offsetof(Config, twilio_account_sid), REQUIRED | CONFIG_FOR_PULL, NULL,
     account_sid_fault, "AC…"},
    {"TWILIO_API_BASE", offsetof(Config, twilio_api_base), 0, "https://api.twilio.com", url_fault,
     "Twilio's REST API, or a stand-in for it"},
    {"TWILIO_API_KEY", offsetof(Config, twilio_api_key), 0, NULL, api_key_fault,
     "SK…: signs access tokens, and REST requests in place of the auth token"},
    {"TWILIO_API_SECRET", offsetof(Config, twilio_api_secret), SECRET, NULL, NULL, "of that key"},
    {"TWILIO_AUTH_TOKEN", offsetof(Config, twilio_auth_token), REQUIRED | CONFIG_FOR_PULL | SECRET, NULL,
     NULL, "the account's primary token: signs the webhooks"},
    {"TWILIO_PHONE_NUMBER", offsetof(Config, twilio_phone_number), REQUIRED, NULL, phone_number_fault,
     "the caller ID of every call, in E.164"},
    {"TWILIO_PRICING_BASE", offsetof(Config, twilio_pricing_base), 0, "https://pricing.twilio.com", url_fault,
     "Twilio's Pricing API, or a stand-in for it"},
    {"TWILIO_TWIML_APP_SID", offsetof(Config, twilio_twiml_app_sid), 0, NULL, app_sid_fault,
     "AP…: whose voice URL is PUBLIC_URL/api/twilio/twiml; access tokens name it"},
    {"WATCHDOG_SECONDS", offsetof(Config, watchdog_seconds), 0, "15", watchdog_fault,
     "how often calls that should be over are looked for; 0: never"},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static char **
slot(const Config *config, const Setting *setting)
{
	return (char **) ((char *) config + setting->offset);
}

static const Setting *
find_setting(const char *name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

/* What else stands in the file that `make run` writes. */
static bool
is_of_others(const char *name)
{
	static const char *const names[] = {"DEMO_JWT", "DEMO_USER_ID", "LIVE_URL", "RELAY_URL"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
set_value(Config *config, const Setting *setting, const char *value)
{
	char **text = slot(config, setting);

	free(*text);
	*text = value != NULL && value[0] != '\0' ? must_copy(value) : NULL;
}

/* Cuts blanks around the text, and quotes if it stands in a pair of them. Changes the text. */
static char *
trim(char *text, bool unquote)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && isspace((unsigned char) text[length - 1]))
		text[--length] = '\0';
	if (unquote && length >= 2 && (text[0] == '"' || text[0] == '\'') && text[length - 1] == text[0])
	{
		text[length - 1] = '\0';
		text++;
	}
	return text;
}

/* One line of the file; returns the number of problems. */
static int
read_line(Config *config, char *line, const char *file, int number, FILE *problems)
{
	char *name = trim(line, false);
	char *equals = strchr(name, '=');
	const Setting *setting;

	if (name[0] == '\0' || name[0] == '#')
		return 0;
	if (equals == NULL)
	{
		fprintf(problems, "%s:%d: expected NAME=value\n", file, number);
		return 1;
	}
	*equals = '\0';
	name = trim(name, false);
	setting = find_setting(name);
	if (setting == NULL && is_of_others(name))
		return 0;
	if (setting == NULL)
	{
		fprintf(problems, "%s:%d: unknown setting %s; --help lists all\n", file, number, name);
		return 1;
	}
	set_value(config, setting, trim(equals + 1, true));
	return 0;
}

static int
read_file(Config *config, const char *file, FILE *problems)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t capacity = 0;
	int number = 0;
	int faults = 0;

	if (in == NULL)
	{
		fprintf(problems, "%s: could not open: %s\n", file, strerror(errno));
		return 1;
	}
	while (getline(&line, &capacity, in) >= 0)
		faults += read_line(config, line, file, ++number, problems);
	if (ferror(in))
	{
		fprintf(problems, "%s: could not read: %s\n", file, strerror(errno));
		faults++;
	}
	free(line);
	fclose(in);
	return faults;
}

/* Returns the number of problems with one setting; the value of a secret is never shown. */
static int
check(const Config *config, const Setting *setting, ConfigUse use, FILE *problems)
{
	const char *value = *slot(config, setting);
	const char *fault;

	if (value == NULL)
	{
		if (!(setting->flags & (int) use))
			return 0;
		fprintf(problems, "%s: is required: %s\n", setting->name, setting->help);
		return 1;
	}
	fault = setting->fault != NULL ? setting->fault(value) : NULL;
	if (fault == NULL)
		return 0;
	if (setting->flags & SECRET)
		fprintf(problems, "%s: %s\n", setting->name, fault);
	else
		fprintf(problems, "%s: %s, not \"%s\"\n", setting->name, fault, value);
	return 1;
}

static int
check_together(const Config *config, FILE *problems)
{
	if ((config->twilio_api_key == NULL) == (config->twilio_api_secret == NULL))
		return 0;
	fprintf(problems, "TWILIO_API_KEY and TWILIO_API_SECRET: set both or neither\n");
	return 1;
}

static void
cut_end_slashes(char *url)
{
	size_t length = url != NULL ? strlen(url) : 0;

	while (length > 0 && url[length - 1] == '/')
		url[--length] = '\0';
}

int
config_load(Config *config, const char *file, ConfigUse use, FILE *problems)
{
	int faults = 0;

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < SETTING_COUNT; i++)
		set_value(config, &settings[i], getenv(settings[i].name));
	if (file != NULL)
		faults += read_file(config, file, problems);
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		if (*slot(config, &settings[i]) == NULL)
			set_value(config, &settings[i], settings[i].fallback);
		faults += check(config, &settings[i], use, problems);
	}
	faults += check_together(config, problems);
	if (faults == 0)
	{
		cut_end_slashes(config->public_url);
		cut_end_slashes(config->twilio_api_base);
		cut_end_slashes(config->twilio_pricing_base);
	}
	return faults;
}

void
config_free(Config *config)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		set_value(config, &settings[i], NULL);
}

int
config_number(const char *value)
{
	return atoi(value);
}

void
config_warn_reserved(const Config *config)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		const char *value = *slot(config, &settings[i]);

		if ((settings[i].flags & RESERVED) && value != NULL && strcmp(value, "false") != 0)
			log_warn("setting_without_effect", log_text("name", settings[i].name));
	}
}

bool
config_allows_origin(const Config *config, const char *origin)
{
	const char *list = config->allowed_origins != NULL ? config->allowed_origins : "";
	bool allowed = false;
	char *candidate;

	while (!allowed && (candidate = next_origin(&list)) != NULL)
	{
		allowed = strcmp(candidate, origin) == 0;
		free(candidate);
	}
	return allowed;
}

void
config_print_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		const Setting *setting = &settings[i];

		fprintf(out, "  %-22s %s", setting->name, setting->help);
		if (setting->flags & REQUIRED)
			fputs(" (required)", out);
		if (setting->flags & RESERVED)
			fputs(" (no effect in this version)", out);
		if (setting->fallback != NULL)
			fprintf(out, " [%s]", setting->fallback);
		fputc('\n', out);
	}
}
