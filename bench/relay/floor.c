/*
 * floor.c
 *		What a request costs at the least: CivetWeb, eight connections, two prepared statements. It checks nothing: no
 *		signature, no limit, no deadline. The relay is measured against it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <civetweb.h>
#include <libpq-fe.h>

#define CONNECTIONS 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t returned = PTHREAD_COND_INITIALIZER;
static PGconn *idle[CONNECTIONS];
static int idle_count;

static void
give_back(PGconn *connection)
{
	pthread_mutex_lock(&lock);
	idle[idle_count++] = connection;
	pthread_cond_signal(&returned);
	pthread_mutex_unlock(&lock);
}

static PGconn *
take(void)
{
	PGconn *connection;

	pthread_mutex_lock(&lock);
	while (idle_count == 0)
		pthread_cond_wait(&returned, &lock);
	connection = idle[--idle_count];
	pthread_mutex_unlock(&lock);
	return connection;
}

static PGresult *
run(const char *statement, int count, const char *const *parameters)
{
	PGconn *connection = take();
	PGresult *result = PQexecPrepared(connection, statement, count, parameters, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fprintf(stderr, "floor: %s", PQresultErrorMessage(result));
	give_back(connection);
	return result;
}

static const char *
parameter(const char *text, const char *name, char *value, size_t size)
{
	return mg_get_var(text, strlen(text), name, value, size) > 0 ? value : NULL;
}

static int
lookup(struct mg_connection *connection, void *context)
{
	const char *query = mg_get_request_info(connection)->query_string;
	char number[64], body[512];
	const char *parameters[] = {parameter(query, "number", number, sizeof(number)), "+15005550006"};
	PGresult *rows = run("lookup", 2, parameters);
	int length = snprintf(body, sizeof(body),
	                      "{\"found\":true,\"country\":\"%s\",\"isoCountry\":\"%s\",\"countryCode\":\"%s\","
	                      "\"prefix\":\"%s\",\"rate\":\"%s\",\"formattedRate\":\"%s\"}",
	                      PQgetvalue(rows, 0, 1), PQgetvalue(rows, 0, 2), PQgetvalue(rows, 0, 3),
	                      PQgetvalue(rows, 0, 4), PQgetvalue(rows, 0, 5), PQgetvalue(rows, 0, 11));

	(void) context;
	mg_printf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
	          length, body);
	PQclear(rows);
	return 200;
}

static int
callback(struct mg_connection *connection, void *context)
{
	const char *query = mg_get_request_info(connection)->query_string;
	char body[4096], parent[64], child[64], status[64], time[64], user[64];
	int length = mg_read(connection, body, sizeof(body) - 1);
	const char *parameters[6];

	(void) context;
	(void) time;
	body[length > 0 ? length : 0] = '\0';
	parameters[0] = parameter(body, "ParentCallSid", parent, sizeof(parent));
	parameters[1] = parameter(body, "CallStatus", status, sizeof(status));
	parameters[2] = NULL;
	parameters[3] = parameter(body, "CallSid", child, sizeof(child));
	parameters[4] = NULL;
	parameters[5] = parameter(query, "user", user, sizeof(user));
	PQclear(run("callback", 6, parameters));
	mg_printf(connection, "HTTP/1.1 204 No Content\r\n\r\n");
	return 204;
}

static PGconn *
open_connection(const char *url)
{
	PGconn *connection = PQconnectdb(url);
	PGresult *results[] = {
	    PQprepare(
	        connection, "lookup",
	        "SELECT number, country, iso_country, worldtune.calling_code(number), prefix, rate, rate_min,"
	        " rate_max, connection_fee, minimum_seconds, increment_seconds, worldtune.format_rate(rate)"
	        " FROM worldtune.lookup_rate($1::text, $2::text) WHERE rate IS NOT NULL",
	        0, NULL),
	    PQprepare(connection, "callback",
	              "SELECT call_id, status, changed, billed, billed_seconds, credits_used"
	              " FROM worldtune.record_call_status($1::text, $2::text, $3::int, $4::text,"
	              " coalesce($5::timestamptz, now()), $6::uuid)",
	              0, NULL),
	};

	for (size_t i = 0; i < 2; i++)
	{
		if (PQresultStatus(results[i]) != PGRES_COMMAND_OK)
		{
			fprintf(stderr, "floor: %s", PQerrorMessage(connection));
			exit(EXIT_FAILURE);
		}
		PQclear(results[i]);
	}
	return connection;
}

int
main(void)
{
	const char *options[] = {"listening_ports",
	                         getenv("LISTEN"),
	                         "num_threads",
	                         "256",
	                         "enable_keep_alive",
	                         "yes",
	                         "keep_alive_timeout_ms",
	                         "5000",
	                         "tcp_nodelay",
	                         "1",
	                         NULL};
	const struct mg_callbacks callbacks = {0};
	struct mg_context *context;
	sigset_t signals;
	int signal_number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	for (int i = 0; i < CONNECTIONS; i++)
		give_back(open_connection(getenv("DATABASE_URL")));
	mg_init_library(0);
	context = mg_start(&callbacks, NULL, options);
	if (context == NULL)
		return EXIT_FAILURE;
	mg_set_request_handler(context, "/api/rates/lookup", lookup, NULL);
	mg_set_request_handler(context, "/api/twilio/status-callback", callback, NULL);
	sigwait(&signals, &signal_number);
	mg_stop(context);
	return EXIT_SUCCESS;
}
