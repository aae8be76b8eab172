/*
 * db.h
 *		The database as one piece of work has it: in its lane, until its deadline.
 */
#ifndef RELAY_DB_H
#define RELAY_DB_H

#include <libpq-fe.h>

#include "database/pool.h"

typedef struct Db
{
	DbPool *pool;
	DbLane lane;
	long long deadline_ms; /* of the whole work */
} Db;

/*
 * Runs one statement, with its parameters as text, and returns its rows, or NULL and the error. A statement
 * whose connection breaks is sent once more: it must do no harm twice. The result outlives the connection.
 */
extern PGresult *db_query(const Db *db, const char *sql, int count, const char *const *parameters,
                          DbError *error);

#endif
