/*
 * live_feed.c
 *		The SQL of live events.
 */
#include "database/live_feed.h"

#include <string.h>

#include "base/clock.h"
#include "database/columns.h"

#define STATEMENT_MS (CONNECTION_STATEMENT_MS + 500)
#define LOCK_MS_TEXT "100" /* one connection serves all: it waits for nobody's row for long */
#define PRUNE_ROWS 10000
#define PRUNE_ROWS_TEXT "10000"

#define EVENT_COLUMNS                                                                                        \
	"user_id, seq, to_char(at" AS_UTC ", type, balance, available, call_id, call_sid, status, number,"       \
	" duration_seconds, billed_seconds, cost, seconds_left, max_seconds, why, kind, muted, request_id"

static const char *const channels[] = {
    [LIVE_WORD_NEWS] = "worldtune_live",
    [LIVE_WORD_MUTED] = "worldtune_live_muted",
};

LiveEvent
live_feed_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	LiveEvent event;

	event.user_id = next_text(&columns);
	event.seq = next_text(&columns);
	event.at = next_text(&columns);
	event.type = next_text(&columns);
	event.balance = next_text(&columns);
	event.available = next_text(&columns);
	event.call_id = next_text(&columns);
	event.call_sid = next_text(&columns);
	event.status = next_text(&columns);
	event.number = next_text(&columns);
	event.duration_seconds = next_text(&columns);
	event.billed_seconds = next_text(&columns);
	event.cost = next_text(&columns);
	event.seconds_left = next_text(&columns);
	event.max_seconds = next_text(&columns);
	event.why = next_text(&columns);
	event.kind = next_text(&columns);
	event.muted = next_bool(&columns);
	event.request_id = next_text(&columns);
	return event;
}

static PGresult *
run(DbConnection *connection, const char *sql, int count, const char *const *parameters, DbError *error)
{
	DbStatement statement = {.sql = sql, .count = count, .parameters = parameters};
	PGresult *result = connection_run(connection, &statement, clock_ms() + STATEMENT_MS, error);
	const char *sqlstate;

	if (result == NULL || PQresultStatus(result) == PGRES_TUPLES_OK ||
	    PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	db_error_set(error, sqlstate != NULL ? sqlstate : "XX000", PQresultErrorMessage(result));
	PQclear(result);
	return NULL;
}

PGresult *
live_feed_snapshot(DbConnection *connection, const char *user_id, const char *after, DbError *error)
{
	const char *parameters[] = {user_id, after};

	return run(connection, "SELECT " EVENT_COLUMNS " FROM worldtune.user_live_snapshot($1::uuid, $2::bigint)",
	           COUNT(parameters), parameters, error);
}

PGresult *
live_feed_events(DbConnection *connection, const char *user_ids, const char *after, DbError *error)
{
	const char *parameters[] = {user_ids, after};

	return run(connection, "SELECT " EVENT_COLUMNS " FROM worldtune.live_events($1::uuid[], $2::bigint[])",
	           COUNT(parameters), parameters, error);
}

static bool
run_quietly(DbConnection *connection, const char *sql, int count, const char *const *parameters,
            DbError *error)
{
	PGresult *result = run(connection, sql, count, parameters, error);

	PQclear(result);
	return result != NULL;
}

bool
live_feed_prune(DbConnection *connection, bool *more, DbError *error)
{
	PGresult *rows = run(connection, "SELECT worldtune.prune_live_events(max_rows => " PRUNE_ROWS_TEXT ")", 0,
	                     NULL, error);

	if (rows == NULL)
		return false;
	*more = next_int(&(Columns){.rows = rows}) == PRUNE_ROWS;
	PQclear(rows);
	return true;
}

bool
live_feed_listen(DbConnection *connection, DbError *error)
{
	return run_quietly(connection, "SET lock_timeout = " LOCK_MS_TEXT, 0, NULL, error) &&
	       run_quietly(connection, "LISTEN worldtune_live", 0, NULL, error) &&
	       run_quietly(connection, "LISTEN worldtune_live_muted", 0, NULL, error);
}

bool
live_feed_notify(DbConnection *connection, LiveWord word, const char *text, DbError *error)
{
	const char *parameters[] = {channels[word], text};

	return run_quietly(connection, "SELECT pg_notify($1::text, $2::text)", COUNT(parameters), parameters,
	                   error);
}

PGnotify *
live_feed_next(DbConnection *connection, LiveWord *word)
{
	PGnotify *notification = connection_next_notification(connection);

	if (notification != NULL)
		*word =
		    strcmp(notification->relname, channels[LIVE_WORD_NEWS]) == 0 ? LIVE_WORD_NEWS : LIVE_WORD_MUTED;
	return notification;
}

bool
live_feed_request_mute(const Db *db, const char *user_id, const char *call_sid, bool muted,
                       const char *request_id, DbError *error)
{
	const char *parameters[] = {user_id, call_sid, muted ? "true" : "false", request_id};

	return query_nothing(db, "SELECT worldtune.request_mute($1::uuid, $2::text, $3::boolean, $4::uuid)",
	                     COUNT(parameters), parameters, error);
}
