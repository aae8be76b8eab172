/*
 * comparison.c
 *		The database compares. A call that is missing in Twilio's list of the day is asked for by its SID, and the comparison made
 *		again: a list knows no call that never began, and midnight is not the same for everyone.
 */
#include "audit/comparison.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "rates/report.h"
#include "settings/config.h"
#include "twilio/call_list.h"

/* Not the daemon's pool: a person waits as long as it takes. */
static PGconn *
open_database(const char *url)
{
	/* What the URL itself says comes later, and wins. */
	static const char *const names[] = {"fallback_application_name", "connect_timeout", "client_encoding",
	                                    "dbname", NULL};
	const char *const values[] = {"worldtune-relay audit", "10", "UTF8", url, NULL};
	PGconn *connection = must(PQconnectdbParams(names, values, 1));

	if (PQstatus(connection) == CONNECTION_OK)
		return connection;
	report_say("the database cannot be reached: %s", PQerrorMessage(connection));
	PQfinish(connection);
	return NULL;
}

static PGresult *
compare(PGconn *connection, const char *day, const cJSON *legs)
{
	char *text = must(cJSON_PrintUnformatted(legs));
	const char *parameters[] = {day, text};
	PGresult *rows = PQexecParams(
	    connection,
	    "SELECT finding, call_sid, status, carrier_status, duration_seconds, carrier_seconds, charged,"
	    " cost, call_id, user_id FROM worldtune.compare_calls("
	    "$1::date::timestamp AT TIME ZONE 'UTC', ($1::date + 1)::timestamp AT TIME ZONE 'UTC', $2::jsonb)",
	    2, NULL, parameters, NULL, NULL, 0);

	free(text);
	if (PQresultStatus(rows) == PGRES_TUPLES_OK)
		return rows;
	report_say("the database could not compare: %s", PQerrorMessage(connection));
	PQclear(rows);
	return NULL;
}

/* Whether Twilio knew one of them after all. */
static bool
ask_for_missing(const Carrier *carrier, const PGresult *rows, cJSON *legs)
{
	bool found = false;

	for (int row = 0; row < PQntuples(rows); row++)
		if (strcmp(PQgetvalue(rows, row, 0), "unknown_to_carrier") == 0)
			found |= call_list_read_one(carrier, PQgetvalue(rows, row, 1), legs);
	return found;
}

static PGresult *
compare_patiently(const Carrier *carrier, PGconn *connection, const char *day, cJSON *legs)
{
	PGresult *rows = compare(connection, day, legs);

	if (rows == NULL || !ask_for_missing(carrier, rows, legs))
		return rows;
	PQclear(rows);
	return compare(connection, day, legs);
}

PGresult *
comparison_run(const Carrier *carrier, const char *day)
{
	cJSON *legs = must(cJSON_CreateArray());
	PGconn *connection = NULL;
	PGresult *rows = NULL;
	char fault[512];

	if (!call_list_read(carrier, day, legs, fault, sizeof(fault)))
		report_say("the calls of %s could not be read: %s", day, fault);
	else if ((connection = open_database(carrier->config->database_url)) != NULL)
		rows = compare_patiently(carrier, connection, day, legs);
	PQfinish(connection);
	cJSON_Delete(legs);
	return rows;
}
