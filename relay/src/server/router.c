/*
 * router.c
 *		The table of routes, and what is the same for all of them: 404, 405, HEAD, OPTIONS, CORS.
 */
#include "server/router.h"

#include <stdio.h>
#include <string.h>

#include "api/account.h"
#include "api/calls.h"
#include "api/ops.h"
#include "api/rates.h"
#include "api/webhooks.h"
#include "database/db.h"
#include "page/page.h"
#include "settings/config.h"

#define PREFLIGHT_SECONDS 600

typedef struct Route
{
	const char *method;
	const char *path;
	DbLane lane;
	void (*handler)(HttpRequest *request, HttpReply *reply);
} Route;

static const Route routes[] = {
    {"GET", "/", DB_PUBLIC, page_index},
    {"GET", "/page.css", DB_PUBLIC, page_style},
    {"GET", "/page.js", DB_PUBLIC, page_script},
    {"GET", "/healthz", DB_WEBHOOKS, ops_healthz},
    {"GET", "/readyz", DB_WEBHOOKS, ops_readyz},
    {"GET", "/api/account", DB_CALLERS, account_balance},
    {"GET", "/api/calls/history", DB_CALLERS, account_call_history},
    {"GET", "/api/credits/check", DB_CALLERS, account_check_credit},
    {"GET", "/api/rates/countries", DB_PUBLIC, rates_countries},
    {"GET", "/api/rates/lookup", DB_PUBLIC, rates_lookup},
    {"POST", "/api/call", DB_CALLERS, calls_start},
    {"POST", "/api/twilio/dial-complete", DB_WEBHOOKS, webhooks_dial_complete},
    {"POST", "/api/twilio/hangup", DB_CALLERS, calls_hangup},
    {"POST", "/api/twilio/status-callback", DB_WEBHOOKS, webhooks_status},
    {"POST", "/api/twilio/token", DB_CALLERS, account_access_token},
    {"POST", "/api/twilio/twiml", DB_WEBHOOKS, webhooks_voice},
    {"POST", "/api/twilio/voice", DB_CALLERS, webhooks_voice_or_call},
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

static bool
serves(const Route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* Every path has one route, so a path tells the methods. */
static const Route *
find_route(const char *path)
{
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	return NULL;
}

static const char *
allowed_methods(const Route *route)
{
	return strcmp(route->method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

static void
allow_origin(const HttpRequest *request, HttpReply *reply)
{
	const char *origin = http_header(request, "Origin");

	if (request->relay->config->allowed_origins == NULL)
		return;
	http_add_header(reply, "Vary", "Origin");
	if (origin == NULL || !config_allows_origin(request->relay->config, origin))
		return;
	http_add_header(reply, "Access-Control-Allow-Origin", "%s", origin);
	http_add_header(reply, "Access-Control-Expose-Headers", "ETag, Retry-After, X-Request-Id");
	if (strcmp(request->method, "OPTIONS") != 0)
		return;
	http_add_header(reply, "Access-Control-Allow-Methods", "GET, POST");
	http_add_header(reply, "Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key");
	http_add_header(reply, "Access-Control-Max-Age", "%d", PREFLIGHT_SECONDS);
}

static void
serve_route(const Route *route, HttpRequest *request, HttpReply *reply)
{
	if (strcmp(request->method, "OPTIONS") == 0)
	{
		http_add_header(reply, "Allow", "%s", allowed_methods(route));
		http_reply_empty(reply, 204);
	}
	else if (!serves(route, request->method))
	{
		http_add_header(reply, "Allow", "%s", allowed_methods(route));
		http_reply_error(reply, 405, "method_not_allowed", "use %s", route->method);
	}
	else if (strcmp(route->method, "POST") != 0 || http_read_body(request, reply))
	{
		request->db->lane = route->lane;
		route->handler(request, reply);
	}
}

void
router_dispatch(HttpRequest *request, HttpReply *reply)
{
	const Route *route = find_route(request->path);

	if (route == NULL)
		http_reply_error(reply, 404, "not_found", "there is nothing at this path");
	else
		serve_route(route, request, reply);
	allow_origin(request, reply);
}
