/*
 * columns.h
 *		The columns of a row, read one after the other: what each file of SQL here stands on.
 */
#ifndef RELAY_COLUMNS_H
#define RELAY_COLUMNS_H

#include <stdbool.h>

#include "database/db.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* Timestamps leave as ISO 8601 in UTC, whatever the session's settings: "to_char(created_at" AS_UTC. */
#define AS_UTC " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

typedef struct Columns
{
	const PGresult *rows;
	int row;
	int next;
} Columns;

/* The next column; NULL, false and 0 for SQL's NULL. */
extern const char *next_text(Columns *columns);
extern bool next_bool(Columns *columns);
extern int next_int(Columns *columns);

/* For the eye alone: amounts that are reckoned with stay text. */
extern double next_number(Columns *columns);

/* Runs a statement that answers one row; false, and P0002, without one. The rows are to be cleared. */
extern bool query_row(const Db *db, const char *sql, int count, const char *const *parameters,
                      Columns *columns, DbError *error);

/* Runs a statement whose rows nobody reads. */
extern bool query_nothing(const Db *db, const char *sql, int count, const char *const *parameters,
                          DbError *error);

#endif
