/*
 * config.c
 *		The table of settings, and what is required of them together.
 */
#include "settings/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "settings/faults.h"
#include "settings/setting.h"
#include "settings/source.h"

#define REQUIRED CONFIG_FOR_SERVICE
#define SECRET SETTING_SECRET
#define FIXED SETTING_FIXED
#define AT(kind_name, field) .kind = SETTING_##kind_name, .offset = offsetof(Config, field)

static const Setting settings[] = {
    {"ALLOWED_ORIGINS", AT(LIST, allowed_origins), .fault = fault_of_origin,
     .help = "origins whose pages may call the API, separated by commas (none: the relay's own page only)"},
    {"CALL_MODE", AT(TEXT, call_mode), 0, "dial", fault_of_call_mode,
     .help = "dial, or conference: both legs meet in one, so that Twilio can mute the caller"},
    {"DATABASE_CONNECTIONS", AT(NUMBER, database_connections), FIXED, "8", .least = 1, .most = 500,
     .help = "most connections to PostgreSQL; fewer than threads, for each is held for one statement only"},
    {"DATABASE_LISTEN_URL", AT(TEXT, database_listen_url), SECRET | FIXED, .fault = fault_of_database_url,
     .help = "PostgreSQL itself, where DATABASE_URL is a pooler's: live events need a session of their own"},
    {"DATABASE_PREPARE", AT(SWITCH, database_prepare), FIXED, "on",
     .help = "off: no named prepared statements, for a pooler in transaction mode"},
    {"DATABASE_URL", AT(TEXT, database_url), REQUIRED | CONFIG_FOR_RATES | CONFIG_FOR_PULL | SECRET | FIXED,
     .fault = fault_of_database_url, .help = "PostgreSQL, as role worldtune_relay"},
    {"HTTP_THREADS", AT(NUMBER, http_threads), FIXED, "256", .least = 1, .most = 4096,
     .help = "most HTTP connections served at once, idle ones included"},
    {"LISTEN", AT(TEXT, listen), FIXED, "127.0.0.1:8080", fault_of_listen,
     .help = "address and port; port 0 takes a free one"},
    {"LIVE_CONNECTIONS", AT(NUMBER, live_connections), FIXED, "12000", .least = 1, .most = 100000,
     .help = "most pages that live events are told to at once"},
    {"LIVE_LISTEN", AT(TEXT, live_listen), FIXED, .fault = fault_of_listen,
     .help = "address and port of the listener for live events (none: the port after LISTEN's)"},
    {"LIVE_URL", AT(TEXT, live_url), .fault = fault_of_live_url,
     .help = "where pages connect to for live events, where a proxy stands before LIVE_LISTEN: wss://…"},
    {"LOG_LEVEL", AT(LEVEL, log_level), 0, "info", .help = "debug, info, warn or error"},
    {"MAX_CONNECTIONS_PER_ADDRESS", AT(NUMBER, max_connections_per_address), 0, "0", .least = 0, .most = 4096,
     .help = "most connections that one address may have open; trusted proxies may have any number"},
    {"OPS_LISTEN", AT(TEXT, ops_listen), FIXED, .fault = fault_of_listen,
     .help =
         "address and port of a second listener, with threads of its own, for /healthz, /readyz and /metrics"},
    {"PUBLIC_URL", AT(URL, public_url), REQUIRED, .fault = fault_of_url,
     .help = "where Twilio reaches this relay; its signatures cover this very text"},
    {"RATE_LIMIT_ADDRESS", AT(NUMBER, rate_limit_address), 0, "0", .least = 0, .most = 1000000,
     .help = "requests a minute from one address, Twilio's and those for operations aside"},
    {"RATE_LIMIT_ENDPOINT", AT(NUMBER, rate_limit_endpoint), 0, "0", .least = 0, .most = 1000000,
     .help = "requests a minute of one user, or else from one address, to one endpoint"},
    {"RATE_LIMIT_USER", AT(NUMBER, rate_limit_user), 0, "600", .least = 0, .most = 1000000,
     .help = "requests a minute of one user"},
    {"RECORDINGS_BUCKET", AT(TEXT, recordings_bucket), .fault = fault_of_bucket,
     .help = "bucket of Supabase Storage that recordings are moved to (none: they stay at Twilio)"},
    {"RECORDING_PRICE", AT(TEXT, recording_price), 0, "0.0025", fault_of_price,
     .help = "what Twilio charges for a minute of recording, in US dollars, until it tells the price"},
    {"RECORDING_RETENTION_DAYS", AT(NUMBER, recording_retention_days), 0, "30", .least = 1, .most = 3650,
     .help = "how long recordings and transcripts are kept"},
    {"RECORD_CALLS", AT(SWITCH, record_calls), .help = "true: calls are recorded, and the callee is told"},
    {"RING_SECONDS", AT(NUMBER, ring_seconds), 0, "30", .least = 5, .most = 600,
     .help = "how long it rings before nobody answers"},
    {"SENTENCES_FILE", AT(TEXT, sentences_file),
     .help = "what is said aloud, in another language or other words: relay/sentences/"},
    {"SUPABASE_ANON_KEY", AT(TEXT, supabase_anon_key),
     .help = "the public key with which the page signs people in, at SUPABASE_URL"},
    {"SUPABASE_JWKS_URL", AT(TEXT, supabase_jwks_url), .fault = fault_of_url,
     .help =
         "public keys of user tokens (ES256, RS256); with SUPABASE_URL: its own auth/v1/.well-known/jwks.json"},
    {"SUPABASE_JWT_SECRET", AT(TEXT, supabase_jwt_secret), SECRET, .fault = fault_of_jwt_secret,
     .help = "signs user tokens (HS256); this, or public keys, or both"},
    {"SUPABASE_SERVICE_KEY", AT(TEXT, supabase_service_key), SECRET,
     .help = "opens RECORDINGS_BUCKET: the service_role key"},
    {"SUPABASE_URL", AT(URL, supabase_url), .fault = fault_of_url,
     .help = "the Supabase gateway; user tokens must then be issued by its auth/v1"},
    {"TOP_UP_URL", AT(TEXT, top_up_url), .fault = fault_of_url,
     .help = "where the page sends who wants to add credit"},
    {"TRANSCRIBE_CALLS", AT(SWITCH, transcribe_calls),
     .help = "true: calls are written down by Twilio, and the callee is told"},
    {"TRANSCRIPTION_PRICE", AT(TEXT, transcription_price), 0, "0.027", fault_of_price,
     .help = "what Twilio charges for a minute of transcription, in US dollars: it tells no price"},
    {"TRUSTED_PROXIES", AT(RANGES, trusted_proxies), .fault = fault_of_address_range,
     .help =
         "addresses and networks whose X-Forwarded-For is believed, separated by commas (none: nobody's)"},
    {"TWILIO_ACCOUNT_SID", AT(TEXT, twilio_account_sid), REQUIRED | CONFIG_FOR_PULL,
     .fault = fault_of_account_sid, .help = "AC…"},
    {"TWILIO_API_BASE", AT(URL, twilio_api_base), 0, "https://api.twilio.com", fault_of_url,
     .help = "Twilio's REST API, or a stand-in for it"},
    {"TWILIO_API_KEY", AT(TEXT, twilio_api_key), .fault = fault_of_api_key,
     .help = "SK…: signs access tokens, and REST requests in place of the auth token"},
    {"TWILIO_API_SECRET", AT(TEXT, twilio_api_secret), SECRET, .help = "of that key"},
    {"TWILIO_AUTH_TOKEN", AT(LIST, twilio_auth_tokens), REQUIRED | CONFIG_FOR_PULL | SECRET,
     .help =
         "the account's token: signs the webhooks; while it is rotated several, separated by commas, the primary one first"},
    {"TWILIO_PHONE_NUMBER", AT(TEXT, twilio_phone_number), REQUIRED, .fault = fault_of_phone_number,
     .help = "the caller ID of every call, in E.164"},
    {"TWILIO_PRICING_BASE", AT(URL, twilio_pricing_base), 0, "https://pricing.twilio.com", fault_of_url,
     .help = "Twilio's Pricing API, or a stand-in for it"},
    {"TWILIO_TWIML_APP_SID", AT(TEXT, twilio_twiml_app_sid), .fault = fault_of_app_sid,
     .help = "AP…: whose voice URL is PUBLIC_URL/api/twilio/twiml; access tokens name it"},
    {"WATCHDOG_SECONDS", AT(NUMBER, watchdog_seconds), FIXED, "15", .least = 0, .most = 3600,
     .help = "how often calls that should be over are looked for; 0: never"},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

/* The number of problems with the text of one setting; a secret is never shown. */
static int
check(const Setting *setting, const char *text, ConfigUse use, FILE *problems)
{
	char fault[256];

	if (text == NULL)
	{
		if (!(setting->flags & (int) use))
			return 0;
		fprintf(problems, "%s: is required: %s\n", setting->name, setting->help);
		return 1;
	}
	if (!setting_describe_fault(setting, text, fault, sizeof(fault)))
		return 0;
	if (setting->flags & SECRET)
		fprintf(problems, "%s: %s\n", setting->name, fault);
	else
		fprintf(problems, "%s: %s, not \"%s\"\n", setting->name, fault, text);
	return 1;
}

static int
check_together(const Config *config, ConfigUse use, FILE *problems)
{
	int faults = 0;

	if ((config->twilio_api_key == NULL) != (config->twilio_api_secret == NULL))
		faults += fprintf(problems, "TWILIO_API_KEY and TWILIO_API_SECRET: set both or neither\n") > 0;
	if (use == CONFIG_FOR_SERVICE && config->supabase_jwt_secret == NULL && config->supabase_jwks_url == NULL)
		faults += fprintf(problems, "SUPABASE_JWT_SECRET, SUPABASE_JWKS_URL or SUPABASE_URL: is required: "
		                            "what user tokens are signed with\n") > 0;
	if (config->recordings_bucket != NULL &&
	    (config->supabase_url == NULL || config->supabase_service_key == NULL))
		faults += fprintf(problems, "RECORDINGS_BUCKET: needs SUPABASE_URL and SUPABASE_SERVICE_KEY\n") > 0;
	return faults;
}

static void
derive(Config *config)
{
	config->twilio_auth_token = config->twilio_auth_tokens != NULL ? config->twilio_auth_tokens[0] : NULL;
	if (config->supabase_jwks_url == NULL && config->supabase_url != NULL)
		config->supabase_jwks_url = must_format("%s/auth/v1/.well-known/jwks.json", config->supabase_url);
}

static Config *
make_config(char **texts)
{
	Config *config = must_alloc(sizeof(Config));

	atomic_init(&config->users, 1);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		setting_set(&settings[i], config, texts[i]);
	derive(config);
	return config;
}

/* What is wrong in the file is told of the settings of the service alone: others say nothing aloud. */
static int
load_sentences(Config *config, ConfigUse use, FILE *problems)
{
	if (use == CONFIG_FOR_SERVICE)
		config->sentences = sentences_load(config->sentences_file, problems);
	return use == CONFIG_FOR_SERVICE && config->sentences == NULL;
}

const Config *
config_load(const char *file, ConfigUse use, FILE *problems)
{
	char *texts[SETTING_COUNT];
	bool broken[SETTING_COUNT];
	int faults = source_read(settings, SETTING_COUNT, file, texts, broken, problems);
	Config *config = NULL;

	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		if (texts[i] == NULL && settings[i].fallback != NULL)
			texts[i] = must_copy(settings[i].fallback);
		if (!broken[i])
			faults += check(&settings[i], texts[i], use, problems);
	}
	if (faults == 0)
		config = make_config(texts);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		free(texts[i]);
	if (config == NULL || check_together(config, use, problems) + load_sentences(config, use, problems) == 0)
		return config;
	config_release(config);
	return NULL;
}

/* The count is the one thing in settings that changes. */
const Config *
config_keep(const Config *config)
{
	atomic_fetch_add(&((Config *) config)->users, 1);
	return config;
}

void
config_release(const Config *config)
{
	if (config == NULL || atomic_fetch_sub(&((Config *) config)->users, 1) > 1)
		return;
	for (size_t i = 0; i < SETTING_COUNT; i++)
		setting_clear(&settings[i], (Config *) config);
	sentences_free(config->sentences);
	free((Config *) config);
}

void
config_name_fixed(const Config *running, const Config *next, void (*name)(const char *))
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if ((settings[i].flags & FIXED) && setting_differs(&settings[i], running, next))
			name(settings[i].name);
}

bool
config_allows_origin(const Config *config, const char *origin)
{
	for (char **allowed = config->allowed_origins; allowed != NULL && *allowed != NULL; allowed++)
		if (strcmp(*allowed, origin) == 0)
			return true;
	return false;
}

bool
config_trusts_proxy(const Config *config, const Address *address)
{
	for (int i = 0; i < config->trusted_proxies.count; i++)
		if (address_is_in(address, &config->trusted_proxies.list[i]))
			return true;
	return false;
}

void
config_print_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		const Setting *setting = &settings[i];

		fprintf(out, "  %-27s %s", setting->name, setting->help);
		if (setting->flags & REQUIRED)
			fputs(" (required)", out);
		if (setting->fallback != NULL)
			fprintf(out, " [%s]", setting->fallback);
		fputc('\n', out);
	}
}
