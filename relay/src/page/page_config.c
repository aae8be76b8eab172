/*
 * page_config.c
 *		What the settings mean for the page.
 */
#include "page/page_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/must.h"
#include "live/live.h"
#include "page/page.h"
#include "settings/config.h"

#define PLAIN_HTTP "http://"

/* The Voice SDK's hosts: signalling, and where it reports a call's quality. */
#define VOICE_SOURCES "https://*.twilio.com wss://*.twilio.com"

/*
 * Where a stand-in for Twilio speaks the Voice SDK's signalling: at the address of its REST API. NULL for Twilio itself,
 * which is never reached by plain HTTP.
 */
static const char *
voice_signalling(const Config *config)
{
	const char *base = config->twilio_api_base;

	return strncmp(base, PLAIN_HTTP, strlen(PLAIN_HTTP)) == 0 ? base + strlen(PLAIN_HTTP) : NULL;
}

void
page_add_policy(const Config *config, HttpReply *reply)
{
	const char *signalling = voice_signalling(config);
	const char *supabase = config->supabase_url != NULL ? config->supabase_url : "";
	char *live = live_url(config);

	http_add_header(
	    reply, "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	    "media-src 'self' blob:; connect-src 'self' %s%s %s %s; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'none'",
	    signalling != NULL ? "ws://" : VOICE_SOURCES, signalling != NULL ? signalling : "", live, supabase);
	free(live);
}

void
page_config(HttpRequest *request, HttpReply *reply)
{
	const Config *config = request->config;
	char *live = live_url(config);
	cJSON *answer = must(cJSON_CreateObject());

	cJSON_AddStringToObject(answer, "version", RELAY_VERSION);
	json_add_text(answer, "liveUrl", live);
	json_add_text(answer, "supabaseUrl", config->supabase_url);
	json_add_text(answer, "supabaseAnonKey", config->supabase_anon_key);
	json_add_text(answer, "topUpUrl", config->top_up_url);
	json_add_text(answer, "voiceSignalling", voice_signalling(config));
	json_add_text(answer, "callMode", config->call_mode);
	cJSON_AddBoolToObject(answer, "recordCalls", config->record_calls);
	free(live);
	http_reply_json(reply, 200, answer);
}

void
page_live_elsewhere(HttpRequest *request, HttpReply *reply)
{
	char *live = live_url(request->config);

	http_add_header(reply, "Upgrade", "websocket");
	http_reply_error(reply, 426, "upgrade_required", "live events are a WebSocket at %s", live);
	free(live);
}
