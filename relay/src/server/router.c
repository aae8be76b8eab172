/*
 * router.c
 *		The table of routes, and what is the same for all of them: 404, 405, HEAD, OPTIONS, CORS.
 */
#include "server/router.h"

#include <stdio.h>
#include <string.h>

#include "api/account.h"
#include "api/calls.h"
#include "api/conference.h"
#include "api/history.h"
#include "api/media.h"
#include "api/mute.h"
#include "api/ops.h"
#include "api/quality.h"
#include "api/rates.h"
#include "api/recordings.h"
#include "api/webhooks.h"
#include "database/db.h"
#include "door/door.h"
#include "door/limits.h"
#include "http/body.h"
#include "http/framing.h"
#include "page/page.h"
#include "server/lanes.h"
#include "settings/config.h"

#define PREFLIGHT_SECONDS 600
#define BUSY_SECONDS 1

typedef struct Route
{
	const char *method;
	const char *path;
	Door door;
	Lane lane;
	void (*handler)(HttpRequest *request, HttpReply *reply);
	const char *media_type; /* of the body; NULL: the handler says */
} Route;

/* Where a path stands twice, the first one whose media type fits serves it. */
static const Route routes[] = {
    {"GET", "/", DOOR_OPEN, LANE_PUBLIC, page_index, NULL},
    {"GET", "/assets/{}", DOOR_OPEN, LANE_PUBLIC, page_asset, NULL},
    {"GET", "/api/config", DOOR_OPEN, LANE_PUBLIC, page_config, NULL},
    {"GET", "/api/account", DOOR_USER, LANE_CALLERS, account_balance, NULL},
    {"GET", "/api/calls/history", DOOR_USER, LANE_CALLERS, history_calls, NULL},
    {"GET", "/api/calls/live", DOOR_OPEN, LANE_PUBLIC, page_live_elsewhere, NULL},
    {"GET", "/api/calls/{}/receipt", DOOR_USER, LANE_CALLERS, history_receipt, NULL},
    {"GET", "/api/calls/{}/recording", DOOR_USER, LANE_CALLERS, recordings_play, NULL},
    {"GET", "/api/credits/check", DOOR_USER, LANE_CALLERS, account_check_credit, NULL},
    {"GET", "/api/ledger", DOOR_USER, LANE_CALLERS, history_ledger, NULL},
    {"GET", "/api/rates/countries", DOOR_OPEN, LANE_PUBLIC, rates_countries, NULL},
    {"GET", "/api/rates/lookup", DOOR_OPTIONAL_USER, LANE_PUBLIC, rates_lookup, NULL},
    {"POST", "/api/call", DOOR_USER, LANE_TWILIO, calls_start, NULL},
    {"POST", "/api/calls/{}/quality", DOOR_USER, LANE_CALLERS, quality_report, NULL},
    {"POST", "/api/twilio/announcement", DOOR_TWILIO, LANE_WEBHOOKS, media_announcement, NULL},
    {"POST", "/api/twilio/conference-callback", DOOR_TWILIO, LANE_WEBHOOKS, conference_event, NULL},
    {"POST", "/api/twilio/conference-left", DOOR_TWILIO, LANE_WEBHOOKS, conference_left, NULL},
    {"POST", "/api/twilio/dial-complete", DOOR_TWILIO, LANE_WEBHOOKS, webhooks_dial_complete, NULL},
    {"POST", "/api/twilio/hangup", DOOR_USER, LANE_TWILIO, calls_hangup, NULL},
    {"POST", "/api/twilio/mute", DOOR_USER, LANE_TWILIO, mute_call, NULL},
    {"POST", "/api/twilio/recording-callback", DOOR_TWILIO, LANE_WEBHOOKS, media_recording, NULL},
    {"POST", "/api/twilio/status-callback", DOOR_TWILIO, LANE_WEBHOOKS, webhooks_status, NULL},
    {"POST", "/api/twilio/token", DOOR_USER, LANE_CALLERS, account_access_token, NULL},
    {"POST", "/api/twilio/transcription-callback", DOOR_TWILIO, LANE_WEBHOOKS, media_transcription, NULL},
    {"POST", "/api/twilio/twiml", DOOR_TWILIO, LANE_WEBHOOKS, webhooks_voice, NULL},
    {"POST", "/api/twilio/voice", DOOR_TWILIO, LANE_WEBHOOKS, webhooks_voice, MEDIA_TYPE_FORM},
    {"POST", "/api/twilio/voice", DOOR_USER, LANE_TWILIO, calls_start, NULL},
};

/* Served wherever this relay listens. */
static const Route ops_routes[] = {
    {"GET", "/healthz", DOOR_OPEN, LANE_OPS, ops_healthz, NULL},
    {"GET", "/readyz", DOOR_OPEN, LANE_OPS, ops_readyz, NULL},
};

/* Served where operations have a listener of their own, else everywhere. */
static const Route inner_routes[] = {
    {"GET", "/metrics", DOOR_OPEN, LANE_OPS, ops_metrics, NULL},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
serves(const Route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* Whether the path is the route's, where {} stands for one segment, which is kept. */
static bool
fits_path(const char *pattern, HttpRequest *request)
{
	size_t before = strcspn(pattern, "{");
	size_t part;

	if (pattern[before] == '\0' || strncmp(pattern, request->path, before) != 0)
		return strcmp(pattern, request->path) == 0;
	part = strcspn(request->path + before, "/");
	if (part == 0 || part >= sizeof(request->path_part) ||
	    strcmp(request->path + before + part, pattern + before + strlen("{}")) != 0)
		return false;
	snprintf(request->path_part, sizeof(request->path_part), "%.*s", (int) part, request->path + before);
	return true;
}

static const Route *
find_in(const Route *list, size_t count, HttpRequest *request)
{
	for (size_t i = 0; i < count; i++)
		if (fits_path(list[i].path, request) &&
		    (list[i].media_type == NULL || http_has_type(request, list[i].media_type)))
		{
			request->route = list[i].path;
			return &list[i];
		}
	return NULL;
}

/* All routes of a path are for the same method, so any of them tells it. */
static const Route *
find_route(HttpRequest *request, bool ops_only)
{
	const Route *route = find_in(ops_routes, COUNT(ops_routes), request);

	if (route == NULL && (ops_only || request->config->ops_listen == NULL))
		route = find_in(inner_routes, COUNT(inner_routes), request);
	return route != NULL || ops_only ? route : find_in(routes, COUNT(routes), request);
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

	if (request->config->allowed_origins == NULL)
		return;
	http_add_header(reply, "Vary", "Origin");
	if (origin == NULL || !config_allows_origin(request->config, origin))
		return;
	http_add_header(reply, "Access-Control-Allow-Origin", "%s", origin);
	http_add_header(reply, "Access-Control-Expose-Headers", "Content-Range, ETag, Retry-After, X-Request-Id");
	if (strcmp(request->method, "OPTIONS") != 0)
		return;
	http_add_header(reply, "Access-Control-Allow-Methods", "GET, POST");
	http_add_header(reply, "Access-Control-Allow-Headers",
	                "Authorization, Content-Type, Idempotency-Key, Range");
	http_add_header(reply, "Access-Control-Max-Age", "%d", PREFLIGHT_SECONDS);
}

/* What no page of another origin may do with a reply; what a page of our own may, its handler says. */
static void
add_policies(const HttpRequest *request, HttpReply *reply)
{
	if (reply->headers == NULL || strstr(reply->headers, "Content-Security-Policy:") == NULL)
		http_add_header(reply, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	if (reply->headers == NULL || strstr(reply->headers, "Referrer-Policy:") == NULL)
		http_add_header(reply, "Referrer-Policy", "no-referrer");
	http_add_header(reply, "X-Frame-Options", "DENY");
	http_add_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
	if (strncmp(request->config->public_url, "https://", strlen("https://")) == 0)
		http_add_header(reply, "Strict-Transport-Security", "max-age=31536000");
}

/* Of somebody who may ask: nothing is done before all is read. */
static void
handle(const Route *route, HttpRequest *request, HttpReply *reply, int patience_ms)
{
	bool posts = strcmp(route->method, "POST") == 0;

	if ((!posts || body_read(request, reply, patience_ms)) && door_admit_body(route->door, request, reply))
		route->handler(request, reply);
}

/* However slowly a user's requests come, and whatever they wait for, others are served beside them. */
static void
handle_share(const Route *route, HttpRequest *request, HttpReply *reply, int patience_ms)
{
	Share share;

	if (!lane_share(route->lane, request->user_id, &share))
	{
		http_add_header(reply, "Retry-After", "%d", BUSY_SECONDS);
		http_reply_error(reply, 429, "too_many_requests",
		                 "too many requests at once; wait for an answer first");
		return;
	}
	handle(route, request, reply, patience_ms);
	share_give_back(&share);
}

/* From the door to the handler: nothing is read before it is known who asks. */
static void
admit(const Route *route, HttpRequest *request, HttpReply *reply, int patience_ms)
{
	bool limited = route->door != DOOR_TWILIO && route->lane != LANE_OPS;

	if ((limited && !limits_admit_address(request, reply)) || !door_admit(route->door, request, reply) ||
	    (limited && !limits_admit_user(request, reply)))
		return;
	if (request->user_id[0] != '\0')
		handle_share(route, request, reply, patience_ms);
	else
		handle(route, request, reply, patience_ms);
}

static void
serve_route(const Route *route, HttpRequest *request, HttpReply *reply, int patience_ms)
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
	else if (!lane_enter(route->lane))
	{
		http_add_header(reply, "Retry-After", "%d", BUSY_SECONDS);
		http_reply_error(reply, 503, "busy", "too many requests of this kind at once; try again");
	}
	else
	{
		request->db->lane = lane_of_database(route->lane);
		admit(route, request, reply, patience_ms);
		lane_leave(route->lane);
	}
}

void
router_dispatch(HttpRequest *request, HttpReply *reply, bool ops_only, int patience_ms)
{
	FramingFault fault = framing_fault(request->connection);
	const Route *route = find_route(request, ops_only);

	if (fault.status != 0)
	{
		reply->close = true;
		http_reply_error(reply, fault.status, "bad_request", "%s", fault.message);
	}
	else if (strcmp(request->path, "*") == 0 && strcmp(request->method, "OPTIONS") == 0)
	{
		http_add_header(reply, "Allow", "GET, HEAD, POST, OPTIONS");
		http_reply_empty(reply, 204);
	}
	else if (route == NULL)
		http_reply_error(reply, 404, "not_found", "there is nothing at this path");
	else
		serve_route(route, request, reply, patience_ms);
	add_policies(request, reply);
	allow_origin(request, reply);
}
