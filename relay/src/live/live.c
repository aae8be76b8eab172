/*
 * live.c
 *		The parts of live events, put together: sockets in a loop, the dispatcher beside it.
 */
#include "live/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "database/live_feed.h"
#include "database/news.h"
#include "live/dispatcher.h"
#include "live/muting.h"
#include "live/sockets.h"
#include "settings/config.h"

#define CONFIRM_MS 5000

static Dispatcher *dispatcher;
static int listening_port;
static char *own_origins[4];

static int
port_of(const char *address)
{
	return atoi(strrchr(address, ':') + 1);
}

static int
host_length(const char *address)
{
	return (int) (strrchr(address, ':') - address);
}

static char *
address_beside(const char *listen, int port)
{
	return must_format("%.*s:%d", host_length(listen), listen, port);
}

/* What a browser calls the place that the relay's own page came from. */
static void
name_own_origins(const Config *config, int http_port)
{
	const char *host = strstr(config->public_url, "://") + 3;

	own_origins[0] = must_format("%.*s%.*s", (int) (host - config->public_url), config->public_url,
	                             (int) strcspn(host, "/"), host);
	own_origins[1] = must_format("http://127.0.0.1:%d", http_port);
	own_origins[2] = must_format("http://localhost:%d", http_port);
}

/* Where nothing is said: the port after the one of HTTP. Somebody else may have that one; then it is any. */
static bool
listen_anywhere(const Relay *relay, const Config *config, int most)
{
	int http_port = port_of(config->listen);
	bool has_next = http_port > 0 && http_port < 65535;
	char *next = address_beside(config->listen, has_next ? http_port + 1 : 0);
	char *any = address_beside(config->listen, 0);
	bool listening = sockets_start(relay, next, most, own_origins, &listening_port) ||
	                 (has_next && sockets_start(relay, any, most, own_origins, &listening_port));

	free(next);
	free(any);
	return listening;
}

bool
live_start(const Relay *relay, const Config *config, int http_port, int *port)
{
	const char *url =
	    config->database_listen_url != NULL ? config->database_listen_url : config->database_url;
	int most = config->live_connections;

	name_own_origins(config, http_port);
	if (config->live_listen != NULL
	        ? !sockets_start(relay, config->live_listen, most, own_origins, &listening_port)
	        : !listen_anywhere(relay, config, most))
		return false;
	*port = listening_port;
	news_open();
	dispatcher = dispatcher_start(url, config->database_prepare || config->database_listen_url != NULL,
	                              sockets_deliver);
	sockets_serve(dispatcher);
	return true;
}

void
live_stop(void)
{
	sockets_stop();
	dispatcher_stop(dispatcher);
	sockets_free();
	dispatcher_free(dispatcher);
	news_close();
	for (int i = 0; own_origins[i] != NULL; i++)
		free(own_origins[i]);
}

/* The host that the world knows, where the listener names none. */
char *
live_url(const Config *config)
{
	const char *listen = config->live_listen != NULL ? config->live_listen : config->listen;
	const char *public_host = strstr(config->public_url, "://") + 3;

	if (config->live_url != NULL)
		return must_copy(config->live_url);
	if (strncmp(listen, "0.0.0.0:", strlen("0.0.0.0:")) == 0)
		return must_format("ws://%.*s:%d/api/calls/live", (int) strcspn(public_host, ":/"), public_host,
		                   listening_port);
	return must_format("ws://%.*s:%d/api/calls/live", host_length(listen), listen, listening_port);
}

LiveAnswer
live_mute(const Db *db, const char *user_id, const char *call_sid, bool muted, DbError *error)
{
	MuteRequest request;
	bool asked;

	muting_begin(&request, user_id);
	asked = live_feed_request_mute(db, user_id, call_sid, muted, request.id, error);
	if (asked)
		news_add(user_id);
	if (muting_wait(&request, asked ? clock_earlier(clock_ms() + CONFIRM_MS, db->deadline_ms) : 0))
		return LIVE_DONE;
	return asked ? LIVE_NOBODY : LIVE_FAILED;
}
