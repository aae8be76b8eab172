/*
 * store.c
 *		The SQL of the rates commands, all of it.
 */
#include "rates/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "rates/report.h"
#include "rates/words.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))
/* Timestamps leave as ISO 8601 in UTC, whatever the session's settings. */
#define AS_UTC " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

#define DECK_COLUMNS                                                                                         \
	"id, name, format, basis, markup, rates, to_char(effective_at" AS_UTC                                    \
	", in_force, to_char(imported_at" AS_UTC ", imported_by"

struct RatesStore
{
	PGconn *connection;
	char *error;
	char sqlstate[6];
	const char *time_option; /* the one that the command has, for what is said of its value */
	const char *time_example;
};

static void
say_notice(void *context, const PGresult *notice)
{
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	(void) context;
	report_say("notice: %s", message != NULL ? message : "no message");
}

static void
cut_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr("\r\n ", text[length - 1]) != NULL)
		text[--length] = '\0';
}

RatesStore *
rates_store_open(const char *database_url)
{
	/* What the URL itself says comes later, and wins. */
	static const char *const names[] = {"fallback_application_name", "connect_timeout", "client_encoding",
	                                    "dbname", NULL};
	const char *const values[] = {"worldtune-relay rates", "10", "UTF8", database_url, NULL};
	RatesStore *store = must_alloc(sizeof(RatesStore));

	store->connection = must(PQconnectdbParams(names, values, 1));
	if (PQstatus(store->connection) != CONNECTION_OK)
	{
		store->error = must_copy(PQerrorMessage(store->connection));
		cut_end(store->error);
		report_say("the database cannot be reached: %s", store->error);
		rates_store_close(store);
		return NULL;
	}
	PQsetNoticeReceiver(store->connection, say_notice, NULL);
	return store;
}

void
rates_store_close(RatesStore *store)
{
	PQfinish(store->connection);
	free(store->error);
	free(store);
}

const char *
rates_store_error(const RatesStore *store)
{
	return store->error != NULL ? store->error : "no error";
}

bool
rates_store_refused_value(const RatesStore *store)
{
	return strncmp(store->sqlstate, "22", 2) == 0;
}

/* What a person can do about it, where the database's own words are for programmers. */
static const char *
advice_for(const char *sqlstate)
{
	if (strcmp(sqlstate, "3F000") == 0 || strcmp(sqlstate, "42883") == 0)
		return "This database has no pg_worldtune, or another version of it: CREATE EXTENSION pg_worldtune, or "
		       "ALTER EXTENSION pg_worldtune UPDATE.";
	if (strcmp(sqlstate, "42501") == 0)
		return "DATABASE_URL must name the role worldtune_relay, whom worldtune.setup() grants the functions.";
	return NULL;
}

/* Whether the value was no time; PostgreSQL quotes it at the end of its message. */
static bool
is_no_time(const char *sqlstate)
{
	return strcmp(sqlstate, "22007") == 0 || strcmp(sqlstate, "22008") == 0;
}

static char *
describe_no_time(const RatesStore *store, const char *message)
{
	const char *value = strchr(message, ':');

	return must_format("%s takes a time such as %s, not%s", store->time_option, store->time_example,
	                   value != NULL ? value + 1 : " this");
}

/* The message, and below it our advice, or else the detail and the hint, where there are any. */
static char *
describe_error(const PGresult *result, const char *message)
{
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	char *text = must_format("%s%s%s%s%s", message, detail != NULL ? "\n" : "", detail != NULL ? detail : "",
	                         hint != NULL ? "\n" : "", hint != NULL ? hint : "");
	char *words = words_of_commands(text);

	free(text);
	return words;
}

static void
keep_error(RatesStore *store, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *advice = sqlstate != NULL ? advice_for(sqlstate) : NULL;

	if (message == NULL) /* it is the connection that failed */
		message = PQerrorMessage(store->connection);
	free(store->error);
	if (sqlstate != NULL && is_no_time(sqlstate))
		store->error = describe_no_time(store, message);
	else if (advice != NULL)
		store->error = must_format("%s\n%s", message, advice);
	else
		store->error = describe_error(result, message);
	cut_end(store->error);
	snprintf(store->sqlstate, sizeof(store->sqlstate), "%s", sqlstate != NULL ? sqlstate : "");
}

static void
expect_time(RatesStore *store, const char *option, const char *example)
{
	store->time_option = option;
	store->time_example = example;
}

static PGresult *
query(RatesStore *store, const char *sql, int count, const char *const *parameters)
{
	PGresult *result = PQexecParams(store->connection, sql, count, NULL, parameters, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	keep_error(store, result);
	PQclear(result);
	return NULL;
}

PGresult *
rates_store_import(RatesStore *store, const RatesDeck *deck)
{
	const char *parameters[] = {deck->csv,
	                            deck->name,
	                            deck->basis,
	                            deck->markup,
	                            deck->effective_at,
	                            deck->allow_free ? "t" : "f",
	                            deck->allow_losses ? "t" : "f",
	                            deck->allow_past ? "t" : "f"};

	expect_time(store, "--effective-at", "'2027-01-01 00:00+00'");
	return query(store,
	             "SELECT deck_id, name, format, rates, prefixes, to_char(effective_at" AS_UTC
	             " FROM worldtune.import_rates($1::text, $2::text, $3::text, $4::numeric, $5::timestamptz,"
	             " $6::boolean, $7::boolean, $8::boolean)",
	             COUNT(parameters), parameters);
}

PGresult *
rates_store_list(RatesStore *store)
{
	return query(store, "SELECT " DECK_COLUMNS " FROM worldtune.list_decks()", 0, NULL);
}

PGresult *
rates_store_activate(RatesStore *store, const char *deck)
{
	return query(store, "SELECT " DECK_COLUMNS " FROM worldtune.activate_deck($1::bigint)", 1, &deck);
}

PGresult *
rates_store_cancel(RatesStore *store, const char *deck)
{
	return query(store, "SELECT " DECK_COLUMNS " FROM worldtune.cancel_deck($1::bigint)", 1, &deck);
}

PGresult *
rates_store_prune(RatesStore *store, const char *keep, const char *older_than)
{
	const char *parameters[] = {keep, older_than};

	expect_time(store, "--older-than", "'90 days'");
	return query(store, "SELECT " DECK_COLUMNS " FROM worldtune.prune_decks($1::int, $2::interval)",
	             COUNT(parameters), parameters);
}

PGresult *
rates_store_in_force(RatesStore *store)
{
	return query(store, "SELECT id FROM worldtune.list_decks() WHERE in_force", 0, NULL);
}

PGresult *
rates_store_count_changes(RatesStore *store, const char *deck_a, const char *deck_b)
{
	const char *parameters[] = {deck_a, deck_b};

	return query(store,
	             "SELECT $1::bigint, count(*) FILTER (WHERE change = 'new'),"
	             " count(*) FILTER (WHERE change = 'gone'), count(*) FILTER (WHERE change = 'dearer'),"
	             " count(*) FILTER (WHERE change = 'cheaper')"
	             " FROM worldtune.compare_decks($1::bigint, $2::bigint)",
	             COUNT(parameters), parameters);
}

PGresult *
rates_store_compare(RatesStore *store, const char *deck_a, const char *deck_b)
{
	const char *parameters[] = {deck_a, deck_b};

	return query(store,
	             "SELECT change, prefix, nullif(origination, ''), rate_a, rate_b, percent"
	             " FROM worldtune.compare_decks($1::bigint, $2::bigint)",
	             COUNT(parameters), parameters);
}

#define QUOTE_COLUMNS                                                                                        \
	"$1::text, true, number, country, iso_country, prefix, description, rate,"                               \
	" worldtune.format_rate(rate), rate_min, rate_max, connection_fee, minimum_seconds,"                     \
	" increment_seconds, minimum_seconds || '/' || increment_seconds, deck_id, NULL"

PGresult *
rates_store_lookup(RatesStore *store, const char *number, const char *caller_id, const char *at)
{
	const char *parameters[] = {number, caller_id, at};

	expect_time(store, "--at", "'2026-01-01 00:00+00'");
	if (at == NULL)
		return query(store,
		             "SELECT " QUOTE_COLUMNS " FROM worldtune.lookup_rate($1::text, $2::text)"
		             " WHERE rate IS NOT NULL",
		             COUNT(parameters) - 1, parameters);
	return query(store,
	             "SELECT " QUOTE_COLUMNS " FROM worldtune.lookup_rate_at($1::text, $3::timestamptz, $2::text)"
	             " WHERE rate IS NOT NULL",
	             COUNT(parameters), parameters);
}

bool
rates_store_begin_trial(RatesStore *store)
{
	PGresult *result = query(store, "BEGIN", 0, NULL);

	PQclear(result);
	return result != NULL;
}
