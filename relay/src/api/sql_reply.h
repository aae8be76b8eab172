/*
 * sql_reply.h
 *		What an SQLSTATE means in HTTP: the one place that knows.
 */
#ifndef RELAY_SQL_REPLY_H
#define RELAY_SQL_REPLY_H

#include "database/db.h"
#include "http/http.h"

/* Answers with the status and code of the error, and logs what a person cannot act on. */
extern void sql_reply_error(HttpReply *reply, const DbError *error);

/* The same where the request named a number: a value that cannot be is that number. */
extern void sql_reply_number_error(HttpReply *reply, const DbError *error);

#endif
