/*
 * columns.c
 *		Reading rows column by column.
 */
#include "database/columns.h"

#include <stdlib.h>
#include <string.h>

const char *
next_text(Columns *columns)
{
	int column = columns->next++;

	return PQgetisnull(columns->rows, columns->row, column) ? NULL
	                                                        : PQgetvalue(columns->rows, columns->row, column);
}

bool
next_bool(Columns *columns)
{
	const char *text = next_text(columns);

	return text != NULL && text[0] == 't';
}

int
next_int(Columns *columns)
{
	const char *text = next_text(columns);

	return text != NULL ? atoi(text) : 0;
}

double
next_number(Columns *columns)
{
	const char *text = next_text(columns);

	return text != NULL ? atof(text) : 0;
}

bool
query_row(const Db *db, const char *sql, int count, const char *const *parameters, Columns *columns,
          DbError *error)
{
	PGresult *rows = db_query(db, sql, count, parameters, error);

	if (rows == NULL)
		return false;
	if (PQntuples(rows) == 0)
	{
		PQclear(rows);
		strcpy(error->sqlstate, "P0002");
		strcpy(error->message, "no such row");
		return false;
	}
	*columns = (Columns){.rows = rows};
	return true;
}

bool
query_nothing(const Db *db, const char *sql, int count, const char *const *parameters, DbError *error)
{
	PGresult *rows = db_query(db, sql, count, parameters, error);

	PQclear(rows);
	return rows != NULL;
}
