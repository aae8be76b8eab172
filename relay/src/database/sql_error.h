/*
 * sql_error.h
 *		What kind of failure an SQLSTATE stands for.
 */
#ifndef RELAY_SQL_ERROR_H
#define RELAY_SQL_ERROR_H

#include <stdbool.h>

#include "database/connection.h"

#define SQLSTATE_CLASS_INVALID_VALUE "22"
#define SQLSTATE_NOT_FOUND "P0002"
#define SQLSTATE_CALL_IS_OVER "55000"
#define SQLSTATE_READ_ONLY "25006"
#define SQLSTATE_LOCK_TIMEOUT "55P03"
#define SQLSTATE_CANCELED "57014"
#define SQLSTATE_TOO_MANY_CONNECTIONS "53300"
#define SQLSTATE_NO_SUCH_STATEMENT "26000"
#define SQLSTATE_PLAN_CHANGED "0A000" /* cached plan must not change result type */
#define SQLSTATE_CONNECTION_FAILURE "08006"

/* Whether the SQLSTATE is of that class, or that very one. */
extern bool sql_error_is(const DbError *error, const char *sqlstate);

/* The error's message for the log: NULL when it may quote a value, for values are people's numbers. */
extern const char *sql_error_loggable(const DbError *error);

#endif
