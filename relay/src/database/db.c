/*
 * db.c
 *		One statement on a connection of the pool, which is held no longer than that.
 */
#include "database/db.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "database/sql_error.h"
#include "metrics/metrics.h"

/* The server ends a statement by itself; what waits longer for the answer waits for a server that hangs. */
#define STATEMENT_MS (CONNECTION_STATEMENT_MS + 500)

static void
read_error(const PGresult *result, DbError *error)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	char class[3];

	snprintf(class, sizeof(class), "%s", sqlstate != NULL ? sqlstate : "XX");
	metric_count_one(METRIC_DATABASE_ERRORS, class);
	db_error_set(error, sqlstate != NULL ? sqlstate : "XX000", message != NULL ? message : "no message");
	if (hint != NULL)
		utf8_copy(error->hint, sizeof(error->hint), hint);
}

static bool
failed_with(const PGresult *result, const char *sqlstate)
{
	const char *found = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return found != NULL && strcmp(found, sqlstate) == 0;
}

/*
 * Whether to try again on another connection: this one failed, leads to a server that is not the one to write to, or its
 * prepared statements are of no use any more.
 */
static bool
needs_another(const DbConnection *connection, const PGresult *result, const DbError *error)
{
	if (result == NULL)
		return sql_error_is(error, SQLSTATE_CONNECTION_FAILURE);
	return failed_with(result, SQLSTATE_READ_ONLY) || failed_with(result, SQLSTATE_PLAN_CHANGED) ||
	       failed_with(result, SQLSTATE_NO_SUCH_STATEMENT) || !connection_is_writable(connection);
}

static PGresult *
run(const Db *db, DbConnection *connection, const DbStatement *statement, bool *again, DbError *error)
{
	long long deadline_ms = clock_earlier(db->deadline_ms, clock_ms() + STATEMENT_MS);
	PGresult *result = connection_run(connection, statement, deadline_ms, error);

	*again = needs_another(connection, result, error);
	if (result != NULL && failed_with(result, SQLSTATE_NO_SUCH_STATEMENT))
		pool_stop_preparing(db->pool);
	else if (*again)
		pool_forget_idle(db->pool);
	else if (result == NULL)
		pool_break(db->pool);
	pool_return(db->pool, db->lane, connection, *again || result == NULL);
	return result;
}

/* NULL and the error when there was no connection, or it failed, which is then gone. */
static PGresult *
try_once(const Db *db, const DbStatement *statement, bool *again, DbError *error)
{
	DbConnection *connection = NULL;

	*again = false;
	if (clock_left_ms(db->deadline_ms) == 0)
		db_error_set(error, SQLSTATE_CANCELED, "there was no time left to ask the database");
	else
		connection = pool_take(db->pool, db->lane, db->deadline_ms, error);
	return connection != NULL ? run(db, connection, statement, again, error) : NULL;
}

PGresult *
db_query(const Db *db, const char *sql, int count, const char *const *parameters, DbError *error)
{
	DbStatement statement = {.sql = sql, .count = count, .parameters = parameters};
	bool again;
	PGresult *result = try_once(db, &statement, &again, error);

	/* A connection that was kept may have gone with a restart of the server. */
	if (again)
	{
		PQclear(result);
		result = try_once(db, &statement, &again, error);
	}
	if (result != NULL && PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		read_error(result, error);
		PQclear(result);
		return NULL;
	}
	return result;
}
