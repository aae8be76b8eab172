/*
 * dispatcher.c
 *		The dispatcher's thread: what is asked of it, its turns, its connection.
 */
#include "live/dispatcher.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "database/news.h"
#include "database/sql_error.h"
#include "live/audience.h"
#include "live/muting.h"
#include "live/orders.h"

#define CONNECT_MS 3000
#define RETRY_MS 500
#define SWEEP_MS 2000
#define PRUNE_MS 60000
#define BATCH 500
#define ORDERS_MS 50       /* nobody waits for events for longer while many join */
#define NEWS_TEXT_MAX 7900 /* a notification has less than 8000 bytes */
#define SEQ_TEXT_SIZE 24

struct Dispatcher
{
	char *database_url;
	bool prepare;
	Deliver deliver;
	pthread_t thread;
	Orders orders; /* one that a locked row or the lost connection holds up waits for the next sweep */
	/* The thread's own. */
	DbConnection *connection; /* NULL: the database cannot be reached */
	Audience audience;
	News news;
	Listener *batch[BATCH];
	int batch_size;
	long long sweep_ms;
	long long prune_ms;
	long long retry_ms;
};

void
delivery_free(Delivery *delivery)
{
	for (int i = 0; i < delivery->count; i++)
		message_release(delivery->messages[i]);
	free(delivery);
}

static Delivery *
new_delivery(const char *user_id, unsigned long long socket, int messages_max)
{
	Delivery *delivery = must_alloc(sizeof(Delivery) + (size_t) messages_max * sizeof(Message *));

	*delivery = (Delivery){.socket = socket};
	memcpy(delivery->user_id, user_id, UUID_SIZE);
	return delivery;
}

static void
lose_connection(Dispatcher *dispatcher, const char *doing, const DbError *error)
{
	log_warn("live_database_failed", log_text("doing", doing), log_text("sqlstate", error->sqlstate),
	         log_text("message", sql_error_loggable(error)));
	connection_close(dispatcher->connection);
	dispatcher->connection = NULL;
	dispatcher->retry_ms = clock_ms() + RETRY_MS;
}

/*
 * How things stand with the user and what happened since, for one socket or for all. Sets the newest event; false when
 * the database could not tell.
 */
static bool
deliver_snapshot(Dispatcher *dispatcher, const char *user_id, unsigned long long socket, long long after,
                 long long *seq)
{
	char after_text[SEQ_TEXT_SIZE];
	DbError error;
	PGresult *rows;
	Delivery *delivery;
	int row;

	snprintf(after_text, sizeof(after_text), "%lld", after);
	rows = live_feed_snapshot(dispatcher->connection, user_id, after >= 0 ? after_text : NULL, &error);
	if (rows == NULL)
	{
		/* Somebody has locked this user's row: that is nobody else's concern. */
		if (!sql_error_is(&error, SQLSTATE_LOCK_TIMEOUT))
			lose_connection(dispatcher, "snapshot", &error);
		return false;
	}
	delivery = new_delivery(user_id, socket, PQntuples(rows) + 2);
	delivery->afresh = true;
	if (socket == 0)
		delivery->messages[delivery->count++] = message_of_event(&(LiveEvent){.type = "resync"});
	delivery->messages[delivery->count++] = message_of_snapshot(rows, &row);
	*seq = delivery->seq = atoll(live_feed_at(rows, 0).seq);
	for (; row < PQntuples(rows); row++)
	{
		LiveEvent event = live_feed_at(rows, row);

		delivery->messages[delivery->count++] = message_of_event(&event);
		if (event.seq == NULL)
			delivery->messages[delivery->count++] = message_of_snapshot(rows, &(int){0});
	}
	PQclear(rows);
	dispatcher->deliver(delivery);
	return true;
}

/* The numbers do not follow on what the user's pages were told. */
static void
begin_anew(Dispatcher *dispatcher, Listener *listener)
{
	log_info("live_resync", log_text("user_id", listener->user_id));
	deliver_snapshot(dispatcher, listener->user_id, 0, -1, &listener->seq);
}

/* The events of one user, which stand in the rows from `first` on; answers the row behind them. */
static int
deliver_events(Dispatcher *dispatcher, const PGresult *rows, int first)
{
	LiveEvent event = live_feed_at(rows, first);
	Listener *listener = audience_find(&dispatcher->audience, event.user_id);
	Delivery *delivery;
	int end = first + 1;

	while (end < PQntuples(rows) && strcmp(live_feed_at(rows, end).user_id, event.user_id) == 0)
		end++;
	if (listener == NULL)
		return end;
	if (event.seq == NULL)
	{
		begin_anew(dispatcher, listener);
		return end;
	}
	delivery = new_delivery(listener->user_id, 0, end - first);
	for (int row = first; row < end; row++)
	{
		event = live_feed_at(rows, row);
		delivery->messages[delivery->count++] = message_of_event(&event);
		listener->seq = delivery->seq = atoll(event.seq);
	}
	dispatcher->deliver(delivery);
	return end;
}

/* What happened to the users of the batch. */
static void
flush_batch(Dispatcher *dispatcher)
{
	static const char separators[] = {'{', ','};
	char *user_ids = NULL;
	char *after = NULL;
	size_t size;
	FILE *ids = must(open_memstream(&user_ids, &size));
	FILE *seqs = must(open_memstream(&after, &size));
	DbError error;
	PGresult *rows;

	for (int i = 0; i < dispatcher->batch_size; i++)
	{
		fprintf(ids, "%c%s", separators[i > 0], dispatcher->batch[i]->user_id);
		fprintf(seqs, "%c%lld", separators[i > 0], dispatcher->batch[i]->seq);
	}
	dispatcher->batch_size = 0;
	fputc('}', ids);
	fputc('}', seqs);
	fclose(ids);
	fclose(seqs);
	rows = live_feed_events(dispatcher->connection, user_ids, after, &error);
	free(user_ids);
	free(after);
	if (rows == NULL)
		lose_connection(dispatcher, "events", &error);
	for (int row = 0; row < PQntuples(rows) && dispatcher->connection != NULL;)
		row = deliver_events(dispatcher, rows, row);
	PQclear(rows);
}

static void
look_at(Dispatcher *dispatcher, Listener *listener)
{
	for (int i = 0; i < dispatcher->batch_size; i++)
		if (listener == dispatcher->batch[i])
			return;
	dispatcher->batch[dispatcher->batch_size++] = listener;
}

static void
look_at_user(Dispatcher *dispatcher, const char *user_id)
{
	Listener *listener = audience_find(&dispatcher->audience, user_id);

	if (listener != NULL && dispatcher->batch_size < BATCH)
		look_at(dispatcher, listener);
	else if (listener != NULL)
		dispatcher->sweep_ms = 0; /* too many at once: all of them, then */
}

static void
sweep(Dispatcher *dispatcher)
{
	dispatcher->sweep_ms = clock_ms() + SWEEP_MS;
	if (orders_take_up_held(&dispatcher->orders))
		news_wake();
	for (int i = 0; i < AUDIENCE_BUCKETS && dispatcher->connection != NULL; i++)
		for (Listener *listener = dispatcher->audience.buckets[i];
		     listener != NULL && dispatcher->connection != NULL; listener = listener->next)
		{
			dispatcher->batch[dispatcher->batch_size++] = listener;
			if (dispatcher->batch_size == BATCH)
				flush_batch(dispatcher);
		}
	if (dispatcher->batch_size > 0 && dispatcher->connection != NULL)
		flush_batch(dispatcher);
	dispatcher->batch_size = 0;
}

static bool
notify(Dispatcher *dispatcher, LiveWord word, const char *text)
{
	DbError error;

	if (dispatcher->connection == NULL || text[0] == '\0')
		return false;
	if (live_feed_notify(dispatcher->connection, word, text, &error))
		return true;
	lose_connection(dispatcher, "notify", &error);
	return false;
}

/* What this relay wrote: the others are told, then our own pages. */
static void
announce(Dispatcher *dispatcher)
{
	const News *news = &dispatcher->news;
	char text[NEWS_TEXT_MAX];
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < news->count; i++)
	{
		if (length + UUID_SIZE + 1 > sizeof(text))
		{
			notify(dispatcher, LIVE_WORD_NEWS, text);
			length = 0;
		}
		length += (size_t) snprintf(text + length, sizeof(text) - length, "%s%s", length > 0 ? " " : "",
		                            news->user_ids[i]);
		look_at_user(dispatcher, news->user_ids[i]);
	}
	notify(dispatcher, LIVE_WORD_NEWS, text);
	if (news->more)
		dispatcher->sweep_ms = 0;
}

/* The next id of a text in which blanks separate them; false when there is none that is one. */
static bool
next_id(char **text, char id[UUID_SIZE])
{
	return uuid_read(strsep(text, " "), id);
}

/* Anybody may notify: what is said is taken for a hint, and what is none is passed over. */
static void
hear(Dispatcher *dispatcher)
{
	PGnotify *notification;
	LiveWord word;
	char user_id[UUID_SIZE];
	char request_id[UUID_SIZE];

	while ((notification = live_feed_next(dispatcher->connection, &word)) != NULL)
	{
		char *text = notification->extra;

		if (word == LIVE_WORD_MUTED && next_id(&text, user_id) && next_id(&text, request_id))
			muting_confirm(user_id, request_id);
		while (word == LIVE_WORD_NEWS && text != NULL)
			if (next_id(&text, user_id))
				look_at_user(dispatcher, user_id);
		PQfreemem(notification);
	}
}

/* False when the database could not tell: then the order waits for it. */
static bool
join(Dispatcher *dispatcher, const Order *order)
{
	long long seq;
	Listener *listener;

	if (!deliver_snapshot(dispatcher, order->user_id, order->socket, order->after, &seq))
		return false;
	if (!order->is_new)
		return true;
	listener = audience_join(&dispatcher->audience, order->user_id);
	if (listener->pages == 1)
		listener->seq = seq;
	return true;
}

static void
confirm(Dispatcher *dispatcher, const Order *order)
{
	char text[2 * UUID_SIZE];

	snprintf(text, sizeof(text), "%s %s", order->user_id, order->request_id);
	notify(dispatcher, LIVE_WORD_MUTED, text);
}

/* False: it is to wait. */
static bool
follow(Dispatcher *dispatcher, const Order *order)
{
	if (orders_are_held_up(&dispatcher->orders, order->user_id) ||
	    (order->kind == ORDER_JOIN && !join(dispatcher, order)))
		return false;
	if (order->kind == ORDER_LEAVE)
		audience_leave(&dispatcher->audience, order->user_id);
	else if (order->kind == ORDER_CONFIRM)
		confirm(dispatcher, order);
	return true;
}

/* A part of what was asked, so that nobody waits for events while many join. */
static void
follow_orders(Dispatcher *dispatcher)
{
	long long until_ms = clock_ms() + ORDERS_MS;
	Order *order;

	while (dispatcher->connection != NULL && (order = orders_take(&dispatcher->orders)) != NULL)
	{
		if (follow(dispatcher, order))
			free(order);
		else
			orders_hold_up(&dispatcher->orders, order);
		if (clock_left_ms(until_ms) > 0)
			continue;
		news_wake(); /* there may be more */
		break;
	}
}

static void
prune(Dispatcher *dispatcher)
{
	DbError error;
	bool more;

	if (!live_feed_prune(dispatcher->connection, &more, &error))
		lose_connection(dispatcher, "prune", &error);
	else
		dispatcher->prune_ms = clock_ms() + (more ? SWEEP_MS : PRUNE_MS);
}

/* After a pause of the connection everything is looked at again. */
static void
connect_again(Dispatcher *dispatcher)
{
	DbError error;

	if (dispatcher->connection != NULL &&
	    (connection_is_old(dispatcher->connection) || dispatcher->news.doubt))
	{
		connection_close(dispatcher->connection);
		dispatcher->connection = NULL;
	}
	if (dispatcher->connection != NULL || clock_ms() < dispatcher->retry_ms)
		return;
	dispatcher->connection =
	    connection_open(dispatcher->database_url, dispatcher->prepare, clock_ms() + CONNECT_MS, &error);
	if (dispatcher->connection == NULL)
		dispatcher->retry_ms = clock_ms() + RETRY_MS;
	else if (!live_feed_listen(dispatcher->connection, &error))
		lose_connection(dispatcher, "listen", &error);
	dispatcher->sweep_ms = 0;
}

/* Until something is to be done. */
static void
wait_for_work(const Dispatcher *dispatcher)
{
	bool connected = dispatcher->connection != NULL;
	struct pollfd descriptors[] = {
	    {.fd = news_descriptor(), .events = POLLIN},
	    {.fd = connected ? connection_descriptor(dispatcher->connection) : -1, .events = POLLIN},
	};

	poll(descriptors, 2, (int) clock_left_ms(connected ? dispatcher->sweep_ms : dispatcher->retry_ms));
}

static void
take_turn(Dispatcher *dispatcher)
{
	hear(dispatcher);
	announce(dispatcher);
	if (dispatcher->batch_size > 0 && dispatcher->connection != NULL)
		flush_batch(dispatcher);
	follow_orders(dispatcher);
	if (dispatcher->connection != NULL && clock_left_ms(dispatcher->sweep_ms) == 0)
		sweep(dispatcher);
	if (dispatcher->connection != NULL && clock_left_ms(dispatcher->prune_ms) == 0)
		prune(dispatcher);
	if (dispatcher->connection != NULL &&
	    (connection_is_broken(dispatcher->connection) || !connection_is_writable(dispatcher->connection)))
	{
		DbError error;

		db_error_set(&error, SQLSTATE_CONNECTION_FAILURE,
		             "the connection broke, or its server takes no writes");
		lose_connection(dispatcher, "listen", &error);
	}
}

static void *
run(void *context)
{
	Dispatcher *dispatcher = context;

	while (!orders_are_stopping(&dispatcher->orders))
	{
		news_take(&dispatcher->news);
		connect_again(dispatcher);
		dispatcher->batch_size = 0;
		if (dispatcher->connection != NULL)
			take_turn(dispatcher);
		wait_for_work(dispatcher);
	}
	connection_close(dispatcher->connection);
	return NULL;
}

Dispatcher *
dispatcher_start(const char *database_url, bool prepare, Deliver deliver)
{
	Dispatcher *dispatcher = must_alloc(sizeof(Dispatcher));

	*dispatcher = (Dispatcher){.database_url = must_copy(database_url),
	                           .prepare = prepare,
	                           .deliver = deliver,
	                           .prune_ms = clock_ms() + PRUNE_MS};
	orders_open(&dispatcher->orders);
	if (pthread_create(&dispatcher->thread, NULL, run, dispatcher) != 0)
		must(NULL);
	return dispatcher;
}

void
dispatcher_stop(Dispatcher *dispatcher)
{
	orders_stop(&dispatcher->orders);
	news_wake();
	pthread_join(dispatcher->thread, NULL);
}

void
dispatcher_free(Dispatcher *dispatcher)
{
	audience_clear(&dispatcher->audience);
	orders_close(&dispatcher->orders);
	free(dispatcher->database_url);
	free(dispatcher);
}

static void
send_order(Dispatcher *dispatcher, const Order *order)
{
	orders_send(&dispatcher->orders, order);
	news_wake();
}

void
dispatcher_join(Dispatcher *dispatcher, const char *user_id, unsigned long long socket, long long after,
                bool is_new)
{
	Order order = {.kind = ORDER_JOIN, .socket = socket, .after = after, .is_new = is_new};

	memcpy(order.user_id, user_id, UUID_SIZE);
	send_order(dispatcher, &order);
}

void
dispatcher_leave(Dispatcher *dispatcher, const char *user_id)
{
	Order order = {.kind = ORDER_LEAVE};

	memcpy(order.user_id, user_id, UUID_SIZE);
	send_order(dispatcher, &order);
}

void
dispatcher_confirm(Dispatcher *dispatcher, const char *user_id, const char *request_id)
{
	Order order = {.kind = ORDER_CONFIRM};

	memcpy(order.user_id, user_id, UUID_SIZE);
	memcpy(order.request_id, request_id, UUID_SIZE);
	send_order(dispatcher, &order);
}
