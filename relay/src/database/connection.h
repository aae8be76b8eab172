/*
 * connection.h
 *		One connection to PostgreSQL, and statements on it. Every wait ends at a deadline.
 */
#ifndef RELAY_CONNECTION_H
#define RELAY_CONNECTION_H

#include <stdbool.h>

#include <libpq-fe.h>

/* What the server itself ends by these limits, nobody waits for any longer. */
#define CONNECTION_STATEMENT_MS 8000
#define CONNECTION_LOCK_MS 1500

typedef struct DbConnection DbConnection;

/* Why there is no result: an SQLSTATE (08006 without a connection, 53300 without a free one) and a message. */
typedef struct DbError
{
	char sqlstate[6];
	char message[256];
	char hint[128]; /* what to do about it; empty for none. Some are for people, some for programmers */
} DbError;

typedef struct DbStatement
{
	const char *sql; /* a constant of the program: it is known by its address */
	int count;
	const char *const *parameters; /* as text; NULL is SQL's */
} DbStatement;

extern void db_error_set(DbError *error, const char *sqlstate, const char *message);

/* NULL, and the error, when there is none by the deadline, or the server does not take writes. */
extern DbConnection *connection_open(const char *url, bool prepare, long long deadline_ms, DbError *error);

/* Does nothing with NULL. */
extern void connection_close(DbConnection *connection);

/*
 * Runs the statement, prepared under a name from its first time on, if the connection prepares; what is not done by the deadline is cancelled. NULL and the error (08006, or 57014 when the time was
 * up) when the connection is of no use any more. Otherwise a result, which may be an error of SQL's.
 */
extern PGresult *connection_run(DbConnection *connection, const DbStatement *statement, long long deadline_ms,
                                DbError *error);

/* Whether no transaction is open on it, for which the next statement would be taken. */
extern bool connection_is_idle(const DbConnection *connection);

/* Whether the server takes writes on it; one that failed over while we were connected may not, any more. */
extern bool connection_is_writable(const DbConnection *connection);

/* Whether it has lived long enough: a new one may reach another server, or a new address. */
extern bool connection_is_old(const DbConnection *connection);

/* Can be read when something has come in unasked. */
extern int connection_descriptor(const DbConnection *connection);

/* The next notification of another session that has come in, to be freed by PQfreemem; NULL for none. */
extern PGnotify *connection_next_notification(DbConnection *connection);

/* As far as is known without asking the server. */
extern bool connection_is_broken(const DbConnection *connection);

#endif
