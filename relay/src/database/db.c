/*
 * db.c
 *		The pool, and one statement on one of its connections.
 *
 * Statements are sent unnamed (poolers in transaction mode lose named ones), and without blocking calls, so
 * that a server that hangs costs a request and not the relay.
 */
#include "database/db.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/must.h"

#define WAIT_FOR_CONNECTION_MS 3000
#define STATEMENT_MS_MAX 8000 /* Twilio gives up on a webhook after 15 s */
#define CONNECT_TIMEOUT_SECONDS "3"

struct DbPool
{
	char *url;
	pthread_mutex_t lock;
	pthread_cond_t returned;
	PGconn **idle; /* a stack, so that the warm ones are used first; NULL is one that is not connected */
	int idle_count;
	int size;
};

DbPool *
db_pool_open(const char *url, int size)
{
	DbPool *pool = must_alloc(sizeof(DbPool));
	pthread_condattr_t attributes;

	pool->url = must_copy(url);
	pool->idle = must_alloc(size * sizeof(PGconn *));
	pool->idle_count = pool->size = size;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->returned, &attributes);
	pthread_condattr_destroy(&attributes);
	return pool;
}

void
db_pool_close(DbPool *pool)
{
	for (int i = 0; i < pool->idle_count; i++)
		PQfinish(pool->idle[i]);
	pthread_cond_destroy(&pool->returned);
	pthread_mutex_destroy(&pool->lock);
	free(pool->idle);
	free(pool->url);
	free(pool);
}

static long long
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* False when none comes free in time. */
static bool
take_connection(DbPool *pool, PGconn **connection)
{
	long long deadline_ms = monotonic_ms() + WAIT_FOR_CONNECTION_MS;
	struct timespec deadline = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};
	bool taken;

	pthread_mutex_lock(&pool->lock);
	while (pool->idle_count == 0 && pthread_cond_timedwait(&pool->returned, &pool->lock, &deadline) == 0)
		;
	taken = pool->idle_count > 0;
	if (taken)
		*connection = pool->idle[--pool->idle_count];
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

static void
return_connection(DbPool *pool, PGconn *connection)
{
	pthread_mutex_lock(&pool->lock);
	pool->idle[pool->idle_count++] = connection;
	pthread_cond_signal(&pool->returned);
	pthread_mutex_unlock(&pool->lock);
}

static void
set_error(DbError *error, const char *sqlstate, const char *message)
{
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", sqlstate);
	snprintf(error->message, sizeof(error->message), "%s", message);
}

/* What the database wants to be known without failing: that a caller's balance is low, say. */
static void
log_notice(void *context, const PGresult *notice)
{
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	(void) context;
	log_info("database_notice", log_text("sqlstate", sqlstate != NULL ? sqlstate : ""),
	         log_text("message", message != NULL ? message : ""));
}

static PGconn *
connect_now(const char *url, DbError *error)
{
	/* What the URL itself says comes later, and wins. */
	static const char *const names[] = {"fallback_application_name",
	                                    "connect_timeout",
	                                    "keepalives_idle",
	                                    "tcp_user_timeout",
	                                    "client_encoding",
	                                    "dbname",
	                                    NULL};
	const char *const values[] = {
	    "worldtune-relay", CONNECT_TIMEOUT_SECONDS, "30", "10000", "UTF8", url, NULL};
	PGconn *connection = must(PQconnectdbParams(names, values, 1));

	if (PQstatus(connection) == CONNECTION_OK)
	{
		PQsetNoticeReceiver(connection, log_notice, NULL);
		return connection;
	}
	set_error(error, "08006", PQerrorMessage(connection));
	log_warn("database_unreachable", log_text("message", error->message));
	PQfinish(connection);
	return NULL;
}

/* Waits until the socket can be read (or written, when asked); false at the deadline. */
static bool
wait_for_socket(PGconn *connection, bool write, long long deadline_ms)
{
	struct pollfd socket = {.fd = PQsocket(connection), .events = POLLIN | (write ? POLLOUT : 0)};
	long long left = deadline_ms - monotonic_ms();
	int ready = -1;

	while (left > 0 && (ready = poll(&socket, 1, (int) left)) < 0 && errno == EINTR)
		left = deadline_ms - monotonic_ms();
	return ready > 0;
}

/* The first result of the statement; NULL when the connection failed or the time was up. */
static PGresult *
collect_result(PGconn *connection, long long deadline_ms)
{
	PGresult *first = NULL;
	PGresult *next;
	int unsent;

	while ((unsent = PQflush(connection)) > 0)
		if (!wait_for_socket(connection, true, deadline_ms) || !PQconsumeInput(connection))
			return NULL;
	if (unsent < 0)
		return NULL;
	do
	{
		while (PQisBusy(connection))
			if (!wait_for_socket(connection, false, deadline_ms) || !PQconsumeInput(connection))
			{
				PQclear(first);
				return NULL;
			}
		next = PQgetResult(connection);
		if (first == NULL)
			first = next;
		else
			PQclear(next);
	} while (next != NULL);
	return first;
}

/*
 * Sends the statement on the connection, which is made or closed as needed. Without a result *connection is
 * NULL, and the error says so.
 */
static PGresult *
try_once(DbPool *pool, PGconn **connection, const char *sql, int count, const char *const *parameters,
         DbError *error)
{
	long long deadline_ms;
	PGresult *result = NULL;

	if (*connection == NULL)
		*connection = connect_now(pool->url, error);
	if (*connection == NULL)
		return NULL;
	deadline_ms = monotonic_ms() + STATEMENT_MS_MAX;
	PQsetnonblocking(*connection, 1);
	if (PQsendQueryParams(*connection, sql, count, NULL, parameters, NULL, NULL, 0))
		result = collect_result(*connection, deadline_ms);
	if (result != NULL && PQstatus(*connection) == CONNECTION_OK)
		return result;
	PQclear(result);
	if (monotonic_ms() >= deadline_ms)
		set_error(error, "57014", "the database did not answer in time");
	else
		set_error(error, "08006", PQerrorMessage(*connection));
	log_warn("database_connection_lost", log_text("message", error->message));
	PQfinish(*connection);
	*connection = NULL;
	return NULL;
}

static void
read_error(const PGresult *result, DbError *error)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	set_error(error, sqlstate != NULL ? sqlstate : "XX000", message != NULL ? message : "no message");
}

PGresult *
db_query(DbPool *pool, const char *sql, int count, const char *const *parameters, DbError *error)
{
	PGconn *connection;
	PGresult *result;
	bool had_connection;

	if (!take_connection(pool, &connection))
	{
		set_error(error, "53300", "all connections to the database are in use");
		log_warn("database_pool_exhausted", log_number("connections", pool->size));
		return NULL;
	}
	had_connection = connection != NULL;
	result = try_once(pool, &connection, sql, count, parameters, error);
	/* A connection that was kept may have gone with a restart of the server. */
	if (result == NULL && had_connection && strcmp(error->sqlstate, "08006") == 0)
		result = try_once(pool, &connection, sql, count, parameters, error);
	return_connection(pool, connection);
	if (result != NULL && PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		read_error(result, error);
		PQclear(result);
		return NULL;
	}
	return result;
}
