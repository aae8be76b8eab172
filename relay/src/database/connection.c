/*
 * connection.c
 *		Connecting, statements, cancelling; all without blocking calls of libpq's, so that a server that hangs costs
 *		a request and not the relay.
 */
#include "database/connection.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "base/utf8.h"

#define LIFETIME_MS (10 * 60 * 1000)
#define CANCEL_MS 500      /* how long a server may take to say that it has cancelled */
#define CANCELS_AT_ONCE 16 /* each is a short-lived thread */

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

/*
 * The server's own limits, so that nothing runs on after its caller was told no, not even when this process is gone. Set
 * by name, for older servers lack the last one; a pooler that shares its connections should have them from the role.
 */
static const char set_limits[] =
    "SELECT pg_catalog.set_config(l.name, l.value, false) FROM (VALUES"
    " ('statement_timeout', '" TEXT(
        CONNECTION_STATEMENT_MS) "ms'),"
                                 " ('lock_timeout', '" TEXT(
                                     CONNECTION_LOCK_MS) "ms'),"
                                                         " ('idle_in_transaction_session_timeout', '10s'),"
                                                         " ('client_connection_check_interval', '1s')) l (name, value)"
                                                         " WHERE pg_catalog.current_setting(l.name, true) IS NOT NULL";

/* The server parses and plans a statement once for each connection; more than these are parsed each time. */
#define PREPARED_MAX 64

#define DUPLICATE_STATEMENT "42P05"
#define STATEMENT_NAME_SIZE 32

typedef struct Prepared
{
	const char *sql;
	char name[STATEMENT_NAME_SIZE];
} Prepared;

struct DbConnection
{
	PGconn *pg;
	bool prepares;
	int prepared_count;
	Prepared prepared[PREPARED_MAX];
	long long opened_ms;
	long long lifetime_ms; /* each its own, so that not all end together */
};

void
db_error_set(DbError *error, const char *sqlstate, const char *message)
{
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", sqlstate);
	/* libpq cuts and quotes bytes, not characters. */
	utf8_copy(error->message, sizeof(error->message), message);
	error->hint[0] = '\0';
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

/* Waits for events of the socket; false at the deadline. */
static bool
wait_for_socket(PGconn *pg, short events, long long deadline_ms)
{
	struct pollfd socket = {.fd = PQsocket(pg), .events = events};
	long long left;
	int ready = -1;

	while ((left = clock_left_ms(deadline_ms)) > 0 && (ready = poll(&socket, 1, (int) left)) < 0 &&
	       errno == EINTR)
		;
	return ready > 0;
}

static bool
finish_connecting(PGconn *pg, long long deadline_ms)
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (status == PGRES_POLLING_WRITING || status == PGRES_POLLING_READING)
	{
		if (!wait_for_socket(pg, status == PGRES_POLLING_WRITING ? POLLOUT : POLLIN, deadline_ms))
			return false;
		status = PQconnectPoll(pg);
	}
	return status == PGRES_POLLING_OK;
}

static PGconn *
start_connecting(const char *url)
{
	/* What the URL itself says comes later, and wins. */
	static const char *const names[] = {"fallback_application_name",
	                                    "keepalives_idle",
	                                    "tcp_user_timeout",
	                                    "client_encoding",
	                                    "target_session_attrs",
	                                    "dbname",
	                                    NULL};
	const char *const values[] = {"worldtune-relay", "30", "10000", "UTF8", "read-write", url, NULL};

	return must(PQconnectStartParams(names, values, 1));
}

static bool
limit_session(DbConnection *connection, long long deadline_ms, DbError *error)
{
	PGresult *result = connection_run(connection, &(DbStatement){.sql = set_limits}, deadline_ms, error);
	bool done = PQresultStatus(result) == PGRES_TUPLES_OK;

	if (result != NULL && !done)
		db_error_set(error, "08006", PQresultErrorMessage(result));
	PQclear(result);
	return done;
}

DbConnection *
connection_open(const char *url, bool prepare, long long deadline_ms, DbError *error)
{
	DbConnection *connection = must_alloc(sizeof(DbConnection));

	*connection = (DbConnection){.pg = start_connecting(url),
	                             .opened_ms = clock_ms(),
	                             .lifetime_ms = LIFETIME_MS + arc4random_uniform(LIFETIME_MS / 4)};
	PQsetNoticeReceiver(connection->pg, log_notice, NULL);
	if (PQstatus(connection->pg) == CONNECTION_BAD || !finish_connecting(connection->pg, deadline_ms))
		db_error_set(error, "08006",
		             clock_left_ms(deadline_ms) > 0 ? PQerrorMessage(connection->pg)
		                                            : "connecting took too long");
	else if (PQsetnonblocking(connection->pg, 1) == 0 && limit_session(connection, deadline_ms, error))
	{
		connection->prepares = prepare;
		return connection;
	}
	log_warn("database_unreachable", log_text("message", error->message));
	connection_close(connection);
	return NULL;
}

void
connection_close(DbConnection *connection)
{
	if (connection == NULL)
		return;
	PQfinish(connection->pg);
	free(connection);
}

static bool
is_on(const DbConnection *connection, const char *parameter)
{
	const char *value = PQparameterStatus(connection->pg, parameter);

	return value != NULL && strcmp(value, "on") == 0;
}

bool
connection_is_idle(const DbConnection *connection)
{
	return PQtransactionStatus(connection->pg) == PQTRANS_IDLE;
}

/* The server reports these whenever they change (from version 14). */
bool
connection_is_writable(const DbConnection *connection)
{
	return !is_on(connection, "default_transaction_read_only") && !is_on(connection, "in_hot_standby");
}

bool
connection_is_old(const DbConnection *connection)
{
	return clock_ms() - connection->opened_ms > connection->lifetime_ms;
}

int
connection_descriptor(const DbConnection *connection)
{
	return PQsocket(connection->pg);
}

bool
connection_is_broken(const DbConnection *connection)
{
	return PQstatus(connection->pg) != CONNECTION_OK;
}

PGnotify *
connection_next_notification(DbConnection *connection)
{
	PGnotify *notification;

	PQconsumeInput(connection->pg);
	while ((notification = PQnotifies(connection->pg)) != NULL &&
	       notification->be_pid == PQbackendPID(connection->pg))
		PQfreemem(notification);
	return notification;
}

/* The first result of the statement; NULL when the connection failed or the time was up. */
static PGresult *
collect_result(PGconn *pg, long long deadline_ms)
{
	PGresult *first = NULL;
	PGresult *next;
	int unsent;

	while ((unsent = PQflush(pg)) > 0)
		if (!wait_for_socket(pg, POLLIN | POLLOUT, deadline_ms) || !PQconsumeInput(pg))
			return NULL;
	if (unsent < 0)
		return NULL;
	do
	{
		while (PQisBusy(pg))
			if (!wait_for_socket(pg, POLLIN, deadline_ms) || !PQconsumeInput(pg))
			{
				PQclear(first);
				return NULL;
			}
		next = PQgetResult(pg);
		if (first == NULL)
			first = next;
		else
			PQclear(next);
	} while (next != NULL);
	return first;
}

static atomic_int cancels;

static void *
cancel(void *request)
{
	char message[256];

	PQcancel(request, message, sizeof(message));
	PQfreeCancel(request);
	atomic_fetch_sub(&cancels, 1);
	return NULL;
}

/* PQcancel connects and waits for as long as the server likes: a thread of its own does it. */
static void
start_cancelling(PGconn *pg)
{
	pthread_t thread;
	PGcancel *request = PQgetCancel(pg);

	if (request != NULL && atomic_fetch_add(&cancels, 1) < CANCELS_AT_ONCE &&
	    pthread_create(&thread, NULL, cancel, request) == 0)
	{
		pthread_detach(thread);
		return;
	}
	atomic_fetch_sub(&cancels, request != NULL);
	PQfreeCancel(request);
}

/* A statement that is out of time: cancelled, or after all done, it answers, and the connection is as good as before. */
static PGresult *
cancel_and_collect(PGconn *pg)
{
	start_cancelling(pg);
	return collect_result(pg, clock_ms() + CANCEL_MS);
}

/* What has been sent gets its result: one of SQL's, or NULL and the error when the connection is of no use any more. */
static PGresult *
await_result(DbConnection *connection, bool sent, long long deadline_ms, DbError *error)
{
	PGconn *pg = connection->pg;
	PGresult *result = NULL;
	bool late = false;

	if (sent)
	{
		result = collect_result(pg, deadline_ms);
		late = result == NULL && PQstatus(pg) == CONNECTION_OK && clock_left_ms(deadline_ms) == 0;
		if (late)
			result = cancel_and_collect(pg);
	}
	if (result != NULL && PQstatus(pg) == CONNECTION_OK)
		return result;
	PQclear(result);
	if (late)
		db_error_set(error, "57014", "the database did not answer in time");
	else
		db_error_set(error, "08006", PQerrorMessage(pg));
	log_warn("database_connection_lost", log_text("message", error->message));
	return NULL;
}

/*
 * The same name is the same SQL, whoever sends it: behind a pooler another client's statements may be on our server's
 * connection.
 */
static void
name_statement(const char *sql, char name[STATEMENT_NAME_SIZE])
{
	uint64_t hash = 14695981039346656037ULL; /* FNV-1a */

	for (; *sql != '\0'; sql++)
		hash = (hash ^ (unsigned char) *sql) * 1099511628211ULL;
	snprintf(name, STATEMENT_NAME_SIZE, "worldtune_%016llx", (unsigned long long) hash);
}

/* The name under which it is prepared here; NULL when it is not. */
static const char *
find_prepared(const DbConnection *connection, const char *sql)
{
	for (int i = 0; i < connection->prepared_count; i++)
		if (connection->prepared[i].sql == sql)
			return connection->prepared[i].name;
	return NULL;
}

/* False when it could not be prepared: then *refused is what the server said, or NULL and the error. */
static bool
prepare(DbConnection *connection, const char *sql, long long deadline_ms, PGresult **refused, DbError *error)
{
	Prepared *prepared = &connection->prepared[connection->prepared_count];
	const char *sqlstate;

	name_statement(sql, prepared->name);
	*refused = await_result(connection, PQsendPrepare(connection->pg, prepared->name, sql, 0, NULL) == 1,
	                        deadline_ms, error);
	sqlstate = PQresultErrorField(*refused, PG_DIAG_SQLSTATE);
	if (PQresultStatus(*refused) != PGRES_COMMAND_OK &&
	    (sqlstate == NULL || strcmp(sqlstate, DUPLICATE_STATEMENT) != 0))
		return false;
	PQclear(*refused);
	prepared->sql = sql;
	connection->prepared_count++;
	return true;
}

PGresult *
connection_run(DbConnection *connection, const DbStatement *statement, long long deadline_ms, DbError *error)
{
	const char *name = connection->prepares ? find_prepared(connection, statement->sql) : NULL;
	PGresult *refused;
	int sent;

	if (name == NULL && connection->prepares && connection->prepared_count < PREPARED_MAX)
	{
		if (!prepare(connection, statement->sql, deadline_ms, &refused, error))
			return refused;
		name = find_prepared(connection, statement->sql);
	}
	if (name != NULL)
		sent =
		    PQsendQueryPrepared(connection->pg, name, statement->count, statement->parameters, NULL, NULL, 0);
	else
		sent = PQsendQueryParams(connection->pg, statement->sql, statement->count, NULL,
		                         statement->parameters, NULL, NULL, 0);
	return await_result(connection, sent == 1, deadline_ms, error);
}
