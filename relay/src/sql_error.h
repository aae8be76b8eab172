/*
 * sql_error.h
 *		What an SQLSTATE means in HTTP: the one place that knows.
 */
#ifndef RELAY_SQL_ERROR_H
#define RELAY_SQL_ERROR_H

#include <stdbool.h>

#include "db.h"
#include "http.h"

/* Answers with the status and code of the error, and logs what a person cannot act on. */
extern void sql_error_reply(HttpReply *reply, const DbError *error);

/* Whether the SQLSTATE is of that class, or that very one. */
extern bool sql_error_is(const DbError *error, const char *sqlstate);

/* The same where the request named a number: a value that cannot be is that number. */
extern void sql_error_reply_number(HttpReply *reply, const DbError *error);

/* The error's message for the log: NULL when it may quote a value, for values are people's numbers. */
extern const char *sql_error_loggable(const DbError *error);

#define SQLSTATE_CLASS_INVALID_VALUE "22"
#define SQLSTATE_NOT_FOUND "P0002"

#endif
