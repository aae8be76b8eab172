/*
 * sql_error.c
 *		Reading SQLSTATEs.
 */
#include "database/sql_error.h"

#include <string.h>

bool
sql_error_is(const DbError *error, const char *sqlstate)
{
	return strncmp(error->sqlstate, sqlstate, strlen(sqlstate)) == 0;
}

const char *
sql_error_loggable(const DbError *error)
{
	return sql_error_is(error, SQLSTATE_CLASS_INVALID_VALUE) ? NULL : error->message;
}
