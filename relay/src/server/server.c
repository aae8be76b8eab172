/*
 * server.c
 *		CivetWeb's life, and the one callback through which every request comes.
 *
 * Every open connection occupies a thread. What keeps one for nothing is let go: clients that are silent (the kernel keeps
 * those that never said anything), slow, or idle; sooner, when threads get scarce.
 */
#include "server/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include <civetweb.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/must.h"
#include "database/db.h"
#include "http/framing.h"
#include "http/http.h"
#include "http/patience.h"
#include "metrics/metrics.h"
#include "server/crowd.h"
#include "server/flight.h"
#include "server/lanes.h"
#include "server/router.h"
#include "settings/settings.h"
#include "twilio/exchange.h"

#define STOP_MS_MAX 20000 /* longer than any request takes */
#define REQUEST_ID_BYTES 8
#define REQUEST_MS 13000 /* Twilio gives up on a webhook after 15 s */
#define PATIENCE_MS 5000 /* for headers, for a body, for a reply to be taken, between two requests */
#define PATIENCE_MS_TEXT "5000"
#define LINGER_MS                                                                                            \
	1000 /* for a client that still sends when its connection is closed: otherwise it never sees the answer */
#define OPS_THREADS 8
#define DESCRIPTORS_MAX 1024

/* One address that is listened on, with threads of its own. */
typedef struct Listener
{
	const Relay *relay;
	bool ops_only;
	struct mg_context *context;
	atomic_int connections;   /* that occupy a thread or wait for one */
	int connections_idle_max; /* beyond that connections are closed with their replies, */
	int connections_max;      /* and beyond that whoever has kept a thread waiting longest is cut */
} Listener;

static Listener listeners[] = {{.ops_only = false}, {.ops_only = true}};

static Listener *
listener_of(const struct mg_connection *connection)
{
	return mg_get_user_data(mg_get_context(connection));
}

static bool
is_scarce(const Listener *listener)
{
	return atomic_load(&listener->connections) > listener->connections_idle_max;
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
 * that, and saying so spares the client a broken one. What is left of a body would be read as the next request.
 */
static bool
must_close(const Listener *listener, const HttpRequest *request, const HttpReply *reply)
{
	const char *connection = http_header(request, "Connection");
	bool old = strcmp(mg_get_request_info(request->connection)->http_version, "1.1") != 0;
	bool unread = framing_has_body(request->connection) && !request->body_complete;

	return reply->close || reply->status == 401 || unread || framing_is_chunked(request->connection) ||
	       is_scarce(listener) || (connection != NULL ? strcasecmp(connection, "keep-alive") != 0 : old);
}

static void
send_reply(const HttpRequest *request, HttpReply *reply)
{
	patience_set(PATIENCE_MS);
	http_send(request, reply);
	patience_set(reply->close ? LINGER_MS : 2 * PATIENCE_MS);
}

static void
count(const HttpRequest *request, const HttpReply *reply, double milliseconds)
{
	const char *route = request->route != NULL ? request->route : "none";
	char status[12];

	snprintf(status, sizeof(status), "%d", reply->status);
	metric_add(METRIC_REQUESTS, route, status, 1);
	metric_observe(METRIC_REQUEST_SECONDS, route, NULL, milliseconds / 1000);
}

static void
serve(const Listener *listener, HttpRequest *request, HttpReply *reply, const char *id)
{
	struct timespec start;
	double milliseconds;

	clock_gettime(CLOCK_MONOTONIC, &start);
	http_add_header(reply, "X-Request-Id", "%s", id);
	if (flight_take_off())
	{
		router_dispatch(request, reply, listener->ops_only, PATIENCE_MS);
		reply->close = must_close(listener, request, reply);
		send_reply(request, reply);
		flight_land();
	}
	else
	{
		reply->close = true;
		http_reply_error(reply, 503, "stopping", "the relay is stopping; try again");
		send_reply(request, reply);
	}
	milliseconds = milliseconds_since(&start);
	count(request, reply, milliseconds);
	log_info("request", log_text("method", request->method), log_text("path", request->path),
	         log_number("status", reply->status), log_number("ms", milliseconds));
}

static int
answer(struct mg_connection *connection, const char *path, const char *query)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	const Listener *listener = listener_of(connection);
	char id[2 * REQUEST_ID_BYTES + 1];
	long long deadline_ms = clock_ms() + REQUEST_MS;
	Db db = {.pool = listener->relay->db_pool, .deadline_ms = deadline_ms};
	HttpReply reply = {0};
	Carrier carrier;
	HttpRequest request = {
	    .relay = listener->relay,
	    .config = settings_take(listener->relay->settings),
	    .db = &db,
	    .deadline_ms = deadline_ms,
	    .connection = connection,
	    .method = info->request_method,
	    .path = path,
	    .query = query,
	};

	carrier = (Carrier){listener->relay->handles, request.config};
	request.carrier = &carrier;
	patience_set(0);
	hex_random(REQUEST_ID_BYTES, id);
	log_set_request_id(id);
	request.parameters = form_parse(request.query != NULL ? request.query : "",
	                                request.query != NULL ? strlen(request.query) : 0);
	serve(listener, &request, &reply, id);
	log_set_request_id(NULL);
	http_request_free(&request);
	http_reply_free(&reply);
	config_release(request.config);
	return reply.status;
}

static int
on_request(struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);

	return answer(connection, info->local_uri_raw != NULL ? info->local_uri_raw : "", info->query_string);
}

/*
 * A target with a host in it, or *, is meant for us as well (RFC 9112, 3.2.2 and 3.2.4), but CivetWeb only closes the
 * connection: it is answered before that.
 */
static void
on_connection_close(const struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	const char *host = info != NULL && info->request_uri != NULL ? strstr(info->request_uri, "://") : NULL;
	char *path, *query;

	if (info == NULL || info->request_uri == NULL || info->local_uri_raw != NULL ||
	    (host == NULL && strcmp(info->request_uri, "*") != 0))
		return;
	path = must_copy(host != NULL ? host + 3 + strcspn(host + 3, "/?") : "*");
	query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	answer((struct mg_connection *) connection, path[0] != '\0' ? path : "/", query);
	free(path);
}

/* What CivetWeb refuses by itself, such as a malformed request, is answered and logged like our own errors. */
static int
on_http_error(struct mg_connection *connection, int status, const char *message)
{
	HttpRequest request = {.connection = connection, .method = "GET"};
	HttpReply reply = {.close = true};
	char id[2 * REQUEST_ID_BYTES + 1];

	hex_random(REQUEST_ID_BYTES, id);
	log_set_request_id(id);
	http_add_header(&reply, "X-Request-Id", "%s", id);
	http_reply_error(&reply, status, "bad_request", "%s", message);
	send_reply(&request, &reply);
	log_info("request_refused", log_number("status", status), log_text("message", message));
	log_set_request_id(NULL);
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
	Listener *listener = listener_of(connection);

	*data = NULL;
	if (atomic_fetch_add(&listener->connections, 1) >= listener->connections_max &&
	    patience_end_longest(listener))
		metric_count_one(METRIC_CONNECTIONS_CUT, "threads");
	patience_set(PATIENCE_MS);
	return 0;
}

static void
on_connection_closed(const struct mg_connection *connection)
{
	patience_set(0);
	atomic_fetch_sub(&listener_of(connection)->connections, 1);
}

/* Of CivetWeb's threads, those of type 1 serve requests. */
static void *
on_thread_start(const struct mg_context *context, int type)
{
	if (type == 1)
		patience_begin(mg_get_user_data(context));
	return NULL;
}

static void
on_thread_end(const struct mg_context *context, int type, void *data)
{
	(void) context;
	(void) data;
	if (type == 1)
		patience_end();
}

/* The kernel hands over a connection when something has come on it, not before. */
static void
defer_accept(int port)
{
	int seconds = PATIENCE_MS / 1000;

	for (int descriptor = 0; descriptor < DESCRIPTORS_MAX; descriptor++)
	{
		struct sockaddr_in address = {0};
		socklen_t address_size = sizeof(address);
		int listens = 0;
		socklen_t size = sizeof(listens);

		if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens &&
		    getsockname(descriptor, (struct sockaddr *) &address, &address_size) == 0 &&
		    ntohs(address.sin_port) == port)
			setsockopt(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	}
}

static bool
start_listener(Listener *listener, const Relay *relay, const char *address, int threads, int *port)
{
	/* The kernel's queue plus connection_queue hold a burst until a thread is free. The path is left as received: signatures
	 * cover it. */
	char thread_count[12];
	const char *options[] = {
	    "listening_ports",
	    address,
	    "num_threads",
	    thread_count,
	    "connection_queue",
	    "256",
	    "listen_backlog",
	    "512",
	    "enable_keep_alive",
	    "yes",
	    "keep_alive_timeout_ms",
	    PATIENCE_MS_TEXT,
	    "request_timeout_ms",
	    "10000",
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
	    .connection_close = on_connection_close,
	    .connection_closed = on_connection_closed,
	    .init_thread = on_thread_start,
	    .exit_thread = on_thread_end,
	};
	struct mg_server_port ports[1];

	snprintf(thread_count, sizeof(thread_count), "%d", threads);
	listener->relay = relay;
	listener->connections_idle_max = threads / 2;
	listener->connections_max = threads - threads / 8 - 1;
	listener->context = mg_start(&callbacks, listener, options);
	if (listener->context == NULL || mg_get_server_ports(listener->context, 1, ports) != 1)
	{
		log_error("cannot_listen", log_text("address", address));
		return false;
	}
	*port = ports[0].port;
	defer_accept(*port);
	return true;
}

bool
server_start(const Relay *relay, const Config *config, ServerPorts *ports)
{
	mg_init_library(MG_FEATURES_DEFAULT);
	patience_init();
	crowd_open(relay->settings);
	lanes_open(config->http_threads);
	*ports = (ServerPorts){0};
	return start_listener(&listeners[0], relay, config->listen, config->http_threads, &ports->main) &&
	       (config->ops_listen == NULL ||
	        start_listener(&listeners[1], relay, config->ops_listen, OPS_THREADS, &ports->ops));
}

void
server_stop(void)
{
	/* mg_stop cuts off replies that are not yet written, so they are waited for. */
	flight_stop(STOP_MS_MAX);
	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++)
		if (listeners[i].context != NULL)
			mg_stop(listeners[i].context);
	crowd_close();
	mg_exit_library();
}
