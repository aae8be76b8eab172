/*
 * pool.c
 *		Lanes, waiters, idle connections, and the breaker.
 *
 * A server that is down says so at once, and each request may ask it. One that hangs would cost each request all its time:
 * then one thread, the mender, tries to connect, and requests are refused until it has.
 */
#include "database/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "database/news.h"
#include "database/sql_error.h"
#include "metrics/metrics.h"

#define WAIT_MS 3000
#define WAITERS_MAX 64 /* of one lane */
#define BARGE_MS 5     /* nobody is overtaken for longer */
#define CONNECT_MS 3000
#define HANG_MS 1000          /* connecting that fails later than this failed for want of an answer */
#define RECENT_MS 2000        /* a server that has hung for no longer may be back at any moment: */
#define MENDING_RECENT_MS 750 /* what a request gives it then, */
#define MENDING_MS 50         /* and later */
#define MENDER_PAUSE_MS 250

typedef enum Turn
{
	TURN_WAITING,
	TURN_GIVEN,
	TURN_BROKEN, /* the server cannot be reached */
} Turn;

typedef struct Waiter
{
	struct Waiter *next;
	pthread_cond_t called;
	long long since_ms;
	Turn turn;
} Waiter;

typedef struct Lane
{
	int busy;
	int most;
	int waiting;
	Waiter *first;
	Waiter **last;
} Lane;

struct DbPool
{
	char *url;
	atomic_bool prepare;
	pthread_mutex_t lock;
	DbConnection **idle; /* a stack, so that the warm ones are used first */
	int idle_count;
	int size;
	int busy;        /* taken, by all lanes */
	int busy_others; /* taken, by all lanes but the webhooks' */
	int most_others;
	Lane lanes[DB_LANES];
	bool hangs; /* the server was asked and did not answer: the mender alone asks it now */
	long long hangs_since_ms;
	pthread_cond_t turned; /* hangs or stopping did */
	pthread_t mender;
	bool stopping;
};

static int
at_least_one(int number)
{
	return number > 0 ? number : 1;
}

static void
close_idle(DbPool *pool)
{
	while (pool->idle_count > 0)
		connection_close(pool->idle[--pool->idle_count]);
}

/* The caller of these has the lock. */

static bool
may_take(const DbPool *pool, DbLane lane)
{
	return pool->busy < pool->size && pool->lanes[lane].busy < pool->lanes[lane].most &&
	       (lane == DB_WEBHOOKS || pool->busy_others < pool->most_others);
}

static void
count_taken(DbPool *pool, DbLane lane, int change)
{
	pool->busy += change;
	pool->busy_others += lane == DB_WEBHOOKS ? 0 : change;
	pool->lanes[lane].busy += change;
}

static void
call_first(Lane *lane, Turn turn)
{
	Waiter *waiter = lane->first;

	lane->first = waiter->next;
	if (lane->first == NULL)
		lane->last = &lane->first;
	lane->waiting--;
	waiter->turn = turn;
	pthread_cond_signal(&waiter->called);
}

/*
 * Whoever comes while a connection is free may take it, though others wait, unless the first of them has waited for long: a
 * connection handed from thread to thread would wait for each of them to be woken up.
 */
static bool
may_barge(const DbPool *pool, DbLane lane)
{
	const Waiter *first = pool->lanes[lane].first;

	return may_take(pool, lane) && (first == NULL || clock_ms() - first->since_ms < BARGE_MS);
}

static void
wake_waiters(DbPool *pool)
{
	for (DbLane lane = 0; lane < DB_LANES; lane++)
		if (pool->lanes[lane].first != NULL && may_take(pool, lane))
		{
			pthread_cond_signal(&pool->lanes[lane].first->called);
			return;
		}
}

static void
leave_queue(Lane *lane, Waiter *waiter)
{
	Waiter **link = &lane->first;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	if (lane->last == &waiter->next)
		lane->last = link;
	lane->waiting--;
}

/* A place in the lane, not yet a connection. */
static Turn
wait_for_turn(DbPool *pool, DbLane number, long long deadline_ms)
{
	Lane *lane = &pool->lanes[number];
	Waiter waiter = {.turn = TURN_WAITING, .since_ms = clock_ms()};

	if (lane->waiting >= WAITERS_MAX)
		return TURN_WAITING;
	clock_cond_init(&waiter.called);
	*lane->last = &waiter;
	lane->last = &waiter.next;
	lane->waiting++;
	while (waiter.turn == TURN_WAITING && !(lane->first == &waiter && may_take(pool, number)) &&
	       clock_cond_wait(&waiter.called, &pool->lock, deadline_ms))
		;
	if (waiter.turn == TURN_WAITING && lane->first == &waiter && may_take(pool, number))
	{
		count_taken(pool, number, 1);
		call_first(lane, TURN_GIVEN);
	}
	else if (waiter.turn == TURN_WAITING)
		leave_queue(lane, &waiter);
	wake_waiters(pool);
	pthread_cond_destroy(&waiter.called);
	return waiter.turn;
}

static void
send_waiters_away(DbPool *pool)
{
	for (int i = 0; i < DB_LANES; i++)
		while (pool->lanes[i].first != NULL)
			call_first(&pool->lanes[i], TURN_BROKEN);
}

/* False when the server goes on hanging. */
static bool
wait_for_mender(DbPool *pool)
{
	bool recent = clock_ms() - pool->hangs_since_ms < RECENT_MS;
	long long deadline_ms = clock_ms() + (recent ? MENDING_RECENT_MS : MENDING_MS);

	while (pool->hangs && clock_cond_wait(&pool->turned, &pool->lock, deadline_ms))
		;
	return !pool->hangs;
}

static void
break_circuit(DbPool *pool)
{
	close_idle(pool);
	if (!pool->hangs)
		pool->hangs_since_ms = clock_ms();
	pool->hangs = true;
	pthread_cond_broadcast(&pool->turned);
	send_waiters_away(pool);
}

/* Up to here. */

/* Takes a place; false and the error without one. *connection is NULL where one is to be made. */
static bool
take_place(DbPool *pool, DbLane lane, long long deadline_ms, DbConnection **connection, DbError *error)
{
	Turn turn = TURN_GIVEN;

	pthread_mutex_lock(&pool->lock);
	if (!wait_for_mender(pool))
		turn = TURN_BROKEN;
	else if (may_barge(pool, lane))
		count_taken(pool, lane, 1);
	else
		turn = wait_for_turn(pool, lane, deadline_ms);
	*connection = turn == TURN_GIVEN && pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
	pthread_mutex_unlock(&pool->lock);
	if (turn == TURN_WAITING)
	{
		db_error_set(error, SQLSTATE_TOO_MANY_CONNECTIONS, "all connections to the database are in use");
		metric_count_one(METRIC_DATABASE_REFUSED, db_lane_name(lane));
		log_warn("database_pool_exhausted", log_text("lane", db_lane_name(lane)),
		         log_number("connections", pool->size));
	}
	else if (turn == TURN_BROKEN)
		db_error_set(error, SQLSTATE_CONNECTION_FAILURE, "the database hangs");
	return turn == TURN_GIVEN;
}

static DbConnection *
open_connection(DbPool *pool, DbError *error)
{
	long long began_ms = clock_ms();
	DbConnection *connection =
	    connection_open(pool->url, atomic_load(&pool->prepare), began_ms + CONNECT_MS, error);

	if (connection == NULL && clock_ms() - began_ms >= HANG_MS)
		pool_break(pool);
	return connection;
}

DbConnection *
pool_take(DbPool *pool, DbLane lane, long long deadline_ms, DbError *error)
{
	DbConnection *connection;

	if (!take_place(pool, lane, clock_earlier(deadline_ms, clock_ms() + WAIT_MS), &connection, error))
		return NULL;
	if (connection != NULL && connection_is_old(connection))
	{
		connection_close(connection);
		connection = NULL;
	}
	if (connection == NULL)
		connection = open_connection(pool, error);
	if (connection == NULL)
		pool_return(pool, lane, NULL, true);
	return connection;
}

void
pool_return(DbPool *pool, DbLane lane, DbConnection *connection, bool broken)
{
	broken = broken || !connection_is_idle(connection);
	if (broken)
		connection_close(connection);
	pthread_mutex_lock(&pool->lock);
	if (!broken)
		pool->idle[pool->idle_count++] = connection;
	count_taken(pool, lane, -1);
	wake_waiters(pool);
	pthread_mutex_unlock(&pool->lock);
}

const char *
db_lane_name(DbLane lane)
{
	static const char *const names[DB_LANES] = {"webhooks", "callers", "public", "watchdog"};

	return names[lane];
}

PoolFigures
pool_figures(DbPool *pool)
{
	PoolFigures figures;

	pthread_mutex_lock(&pool->lock);
	figures = (PoolFigures){.most = pool->size, .busy = pool->busy, .idle = pool->idle_count};
	for (int i = 0; i < DB_LANES; i++)
		figures.waiting[i] = pool->lanes[i].waiting;
	pthread_mutex_unlock(&pool->lock);
	return figures;
}

void
pool_forget_idle(DbPool *pool)
{
	pthread_mutex_lock(&pool->lock);
	close_idle(pool);
	pthread_mutex_unlock(&pool->lock);
	news_doubt();
}

void
pool_stop_preparing(DbPool *pool)
{
	if (atomic_exchange(&pool->prepare, false))
		log_warn("prepared_statements_lost",
		         log_text("message", "behind a pooler in transaction mode set DATABASE_PREPARE=off"));
	pool_forget_idle(pool);
}

void
pool_break(DbPool *pool)
{
	pthread_mutex_lock(&pool->lock);
	break_circuit(pool);
	pthread_mutex_unlock(&pool->lock);
}

/* A connection for a server that hung, or NULL after a pause. */
static DbConnection *
try_server(DbPool *pool)
{
	DbError error;
	DbConnection *connection =
	    connection_open(pool->url, atomic_load(&pool->prepare), clock_ms() + CONNECT_MS, &error);
	long long pause_end_ms = clock_ms() + MENDER_PAUSE_MS;

	pthread_mutex_lock(&pool->lock);
	while (connection == NULL && !pool->stopping && clock_cond_wait(&pool->turned, &pool->lock, pause_end_ms))
		;
	pthread_mutex_unlock(&pool->lock);
	return connection;
}

static void
close_circuit(DbPool *pool, DbConnection *connection)
{
	pthread_mutex_lock(&pool->lock);
	pool->hangs = false;
	if (pool->idle_count + pool->busy < pool->size)
	{
		pool->idle[pool->idle_count++] = connection;
		connection = NULL;
	}
	pthread_cond_broadcast(&pool->turned);
	pthread_mutex_unlock(&pool->lock);
	connection_close(connection);
	log_info("database_answers_again", log_number("connections", pool->size));
}

static bool
wait_for_work(DbPool *pool)
{
	bool stopping;

	pthread_mutex_lock(&pool->lock);
	while (!pool->hangs && !pool->stopping)
		pthread_cond_wait(&pool->turned, &pool->lock);
	stopping = pool->stopping;
	pthread_mutex_unlock(&pool->lock);
	return !stopping;
}

static void *
mend(void *context)
{
	DbPool *pool = context;
	DbConnection *connection;

	while (wait_for_work(pool))
		if ((connection = try_server(pool)) != NULL)
			close_circuit(pool, connection);
	return NULL;
}

DbPool *
pool_open(const char *url, int size, bool prepare)
{
	DbPool *pool = must_alloc(sizeof(DbPool));

	pool->url = must_copy(url);
	pool->idle = must_alloc(size * sizeof(DbConnection *));
	pool->size = size;
	atomic_init(&pool->prepare, prepare);
	pool->most_others = at_least_one(size - at_least_one(size / 4));
	pthread_mutex_init(&pool->lock, NULL);
	clock_cond_init(&pool->turned);
	for (int i = 0; i < DB_LANES; i++)
		pool->lanes[i].last = &pool->lanes[i].first;
	pool->lanes[DB_WEBHOOKS].most = size;
	pool->lanes[DB_CALLERS].most = pool->most_others;
	pool->lanes[DB_PUBLIC].most =
	    at_least_one(size / 2 + 1 < pool->most_others ? size / 2 + 1 : pool->most_others - 1);
	pool->lanes[DB_WATCHDOG].most = at_least_one(size / 4);
	if (pthread_create(&pool->mender, NULL, mend, pool) != 0)
		must(NULL);
	return pool;
}

void
pool_reserve(DbPool *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->size > 1)
		pool->busy++;
	pthread_mutex_unlock(&pool->lock);
}

void
pool_close(DbPool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->turned);
	pthread_mutex_unlock(&pool->lock);
	pthread_join(pool->mender, NULL);
	close_idle(pool);
	pthread_cond_destroy(&pool->turned);
	pthread_mutex_destroy(&pool->lock);
	free(pool->idle);
	free(pool->url);
	free(pool);
}
