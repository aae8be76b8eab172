/*
 * server.c
 *		CivetWeb's life, and the one callback through which every request comes.
 */
#include "server/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <civetweb.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/must.h"
#include "database/db.h"
#include "http/http.h"
#include "server/router.h"
#include "settings/config.h"
#include "twilio/carrier.h"

#define STOP_SECONDS_MAX 20 /* longer than any request takes: Twilio gives up on one after 15 */
#define REQUEST_ID_BYTES 8
#define REQUEST_MS 13000 /* Twilio gives up on a webhook after 15 s */

static struct mg_context *server;

/* Connections that occupy a thread or wait for one, and how many of them may stay open while idle. */
static atomic_int open_connections;
static int idle_connections_max;

/* Requests being served, and whether further ones are refused. */
static pthread_mutex_t flight_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t landed = PTHREAD_COND_INITIALIZER;
static int in_flight;
static bool stopping;

static bool
take_off(void)
{
	bool admitted;

	pthread_mutex_lock(&flight_lock);
	admitted = !stopping;
	if (admitted)
		in_flight++;
	pthread_mutex_unlock(&flight_lock);
	return admitted;
}

static void
land(void)
{
	pthread_mutex_lock(&flight_lock);
	if (--in_flight == 0)
		pthread_cond_broadcast(&landed);
	pthread_mutex_unlock(&flight_lock);
}

static double
milliseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) ((now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000) / 1000;
}

/*
 * Whether the connection ends with this reply: CivetWeb itself closes it after a 401 or when the client wants
 * that, and saying so spares the client a broken one. When many are open, idle ones would starve new clients.
 */
static bool
must_close(const HttpRequest *request, const HttpReply *reply)
{
	const char *connection = http_header(request, "Connection");
	bool old = strcmp(mg_get_request_info(request->connection)->http_version, "1.1") != 0;

	return reply->close || reply->status == 401 || atomic_load(&open_connections) > idle_connections_max ||
	       (connection != NULL ? strcasecmp(connection, "keep-alive") != 0 : old);
}

static void
serve(HttpRequest *request, HttpReply *reply, const char *id)
{
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (take_off())
	{
		router_dispatch(request, reply);
		reply->close = must_close(request, reply);
		http_add_header(reply, "X-Request-Id", "%s", id);
		http_send(request, reply);
		land();
	}
	else
	{
		reply->close = true;
		http_reply_error(reply, 503, "stopping", "the relay is stopping; try again");
		http_send(request, reply);
	}
	log_info("request", log_text("method", request->method), log_text("path", request->path),
	         log_number("status", reply->status), log_number("ms", milliseconds_since(&start)));
}

static int
on_request(struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	const Relay *relay = info->user_data;
	char id[2 * REQUEST_ID_BYTES + 1];
	long long deadline_ms = clock_ms() + REQUEST_MS;
	Db db = {.pool = relay->db_pool, .deadline_ms = deadline_ms};
	HttpReply reply = {0};
	HttpRequest request = {
	    .relay = relay,
	    .carrier = mg_get_thread_pointer(connection),
	    .db = &db,
	    .deadline_ms = deadline_ms,
	    .connection = connection,
	    .method = info->request_method,
	    .path = info->local_uri_raw != NULL ? info->local_uri_raw : "",
	    .query = info->query_string,
	};

	hex_random(REQUEST_ID_BYTES, id);
	log_set_request_id(id);
	request.parameters = form_parse(request.query != NULL ? request.query : "",
	                                request.query != NULL ? strlen(request.query) : 0);
	serve(&request, &reply, id);
	log_set_request_id(NULL);
	form_free(&request.parameters);
	free(request.body);
	http_reply_free(&reply);
	return reply.status;
}

/* What CivetWeb refuses by itself, such as a malformed request, is answered like our own errors. */
static int
on_http_error(struct mg_connection *connection, int status, const char *message)
{
	HttpRequest request = {.connection = connection, .method = "GET"};
	HttpReply reply = {.close = true};

	http_reply_error(&reply, status, "bad_request", "%s", message);
	http_send(&request, &reply);
	http_reply_free(&reply);
	return 0;
}

static int
on_log(const struct mg_connection *connection, const char *message)
{
	(void) connection;
	log_warn("civetweb", log_text("message", message));
	return 1;
}

static int
on_connection(const struct mg_connection *connection, void **data)
{
	(void) connection;
	*data = NULL;
	atomic_fetch_add(&open_connections, 1);
	return 0;
}

static void
on_connection_closed(const struct mg_connection *connection)
{
	(void) connection;
	atomic_fetch_sub(&open_connections, 1);
}

static void *
on_thread_start(const struct mg_context *context, int type)
{
	const Relay *relay = mg_get_user_data(context);

	return type == 1 ? carrier_open(relay->config) : NULL;
}

static void
on_thread_end(const struct mg_context *context, int type, void *carrier)
{
	(void) context;
	(void) type;
	carrier_close(carrier);
}

bool
server_start(const Relay *relay, int *port)
{
	/*
	 * Every open connection occupies a thread, so idle ones are let go soon (keep_alive_timeout_ms), and the
	 * kernel's queue plus connection_queue hold a burst until a thread is free. A client that is slow to send
	 * gets request_timeout_ms, Twilio's own patience. The path is left as received: signatures cover it.
	 */
	const char *options[] = {
	    "listening_ports",
	    relay->config->listen,
	    "num_threads",
	    relay->config->http_threads,
	    "connection_queue",
	    "256",
	    "listen_backlog",
	    "512",
	    "enable_keep_alive",
	    "yes",
	    "keep_alive_timeout_ms",
	    "5000",
	    "request_timeout_ms",
	    "15000",
	    "tcp_nodelay",
	    "1",
	    "decode_url",
	    "no",
	    "enable_auth_domain_check",
	    "no",
	    NULL,
	};
	const struct mg_callbacks callbacks = {
	    .begin_request = on_request,
	    .http_error = on_http_error,
	    .log_message = on_log,
	    .init_connection = on_connection,
	    .connection_closed = on_connection_closed,
	    .init_thread = on_thread_start,
	    .exit_thread = on_thread_end,
	};
	struct mg_server_port ports[1];

	idle_connections_max = config_number(relay->config->http_threads) / 2;
	mg_init_library(MG_FEATURES_DEFAULT);
	server = mg_start(&callbacks, (void *) relay, options);
	if (server == NULL || mg_get_server_ports(server, 1, ports) != 1)
	{
		log_error("cannot_listen", log_text("address", relay->config->listen));
		return false;
	}
	*port = ports[0].port;
	return true;
}

void
server_stop(void)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += STOP_SECONDS_MAX;
	pthread_mutex_lock(&flight_lock);
	stopping = true;
	/* mg_stop cuts off replies that are not yet written, so it has to wait for them. */
	while (in_flight > 0 && pthread_cond_timedwait(&landed, &flight_lock, &deadline) == 0)
		;
	pthread_mutex_unlock(&flight_lock);
	mg_stop(server);
	mg_exit_library();
}
