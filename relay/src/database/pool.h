/*
 * pool.h
 *		The relay's connections to PostgreSQL, and who may have how many of them.
 *
 * Each kind of work has a lane. The webhooks' lane may take every connection; the others leave it a part, and none of them
 * can take all that is left. Within a lane, first come first served.
 */
#ifndef RELAY_POOL_H
#define RELAY_POOL_H

#include "database/connection.h"

typedef struct DbPool DbPool;

/* In the order in which a connection that comes free is given away. */
typedef enum DbLane
{
	DB_WEBHOOKS, /* what Twilio asks, and readiness */
	DB_CALLERS,  /* signed-in users */
	DB_PUBLIC,
	DB_WATCHDOG,
	DB_LANES,
} DbLane;

/* Connects when it is needed, not here. Whether statements are prepared under names, which a pooler may not bear. */
extern DbPool *pool_open(const char *url, int size, bool prepare);
extern void pool_close(DbPool *pool);

/* One of its connections is made and used elsewhere: for live events. A pool of one has none to spare. */
extern void pool_reserve(DbPool *pool);

/* A connection for this thread alone; NULL and the error when none comes free by the deadline, or none can be made (which may
 * take three seconds more). */
extern DbConnection *pool_take(DbPool *pool, DbLane lane, long long deadline_ms, DbError *error);

/* Gives it back. A broken one is closed, and its place is free; so is one with a transaction still open. */
extern void pool_return(DbPool *pool, DbLane lane, DbConnection *connection, bool broken);

extern const char *db_lane_name(DbLane lane);

typedef struct PoolFigures
{
	int most;
	int busy;
	int idle;
	int waiting[DB_LANES];
} PoolFigures;

/* How it stands just now. */
extern PoolFigures pool_figures(DbPool *pool);

/* One of the connections broke, or leads to the wrong server: the idle ones will not be better. */
extern void pool_forget_idle(DbPool *pool);

/* The server (a pooler, say) loses prepared statements: from now on none are prepared. */
extern void pool_stop_preparing(DbPool *pool);

/* The server hangs: nobody waits for it any more until a new connection can be made. */
extern void pool_break(DbPool *pool);

#endif
