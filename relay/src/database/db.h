/*
 * db.h
 *		A pool of connections to PostgreSQL. A connection is held for one statement and no longer.
 */
#ifndef RELAY_DB_H
#define RELAY_DB_H

#include <libpq-fe.h>

typedef struct DbPool DbPool;

/* Why there is no result: an SQLSTATE (08006 without a connection, 53300 without a free one) and a message.
 */
typedef struct DbError
{
	char sqlstate[6];
	char message[256];
} DbError;

/* Connects at the first statement, not here, and again whenever a connection is found broken. */
extern DbPool *db_pool_open(const char *url, int size);
extern void db_pool_close(DbPool *pool);

/*
 * Runs one statement, with its parameters as text, and returns its rows, or NULL and the error. A statement
 * whose connection breaks is sent once more: it must do no harm twice. The result outlives the connection.
 */
extern PGresult *db_query(DbPool *pool, const char *sql, int count, const char *const *parameters,
                          DbError *error);

#endif
