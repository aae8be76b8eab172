/*
 * dispatcher.h
 *		Reads events from the database and hands them to the sockets; a thread with a connection of its own.
 *
 * It reads when this relay wrote, when another relay says that it did, and every two seconds for whatever nobody told
 * it of: what stands in the table is what counts. While the database is away those who join wait.
 */
#ifndef RELAY_DISPATCHER_H
#define RELAY_DISPATCHER_H

#include <stdbool.h>

#include "base/uuid.h"
#include "live/message.h"

typedef struct Dispatcher Dispatcher;

/* Messages for one socket of a user, or (socket 0) for all that have joined. */
typedef struct Delivery
{
	struct Delivery *next;
	char user_id[UUID_SIZE];
	unsigned long long socket;
	bool afresh;   /* they begin with how things stand */
	long long seq; /* of the newest event that they bring */
	int count;
	Message *messages[];
} Delivery;

/* Whom deliveries go to; it owns them, and is called by the dispatcher's thread. */
typedef void (*Deliver)(Delivery *delivery);

extern void delivery_free(Delivery *delivery);

extern Dispatcher *dispatcher_start(const char *database_url, bool prepare, Deliver deliver);

/* It delivers no more; and, when nobody asks it for anything any more, goes. */
extern void dispatcher_stop(Dispatcher *dispatcher);
extern void dispatcher_free(Dispatcher *dispatcher);

/*
 * A socket wants to know how things stand and, unless `after` is below zero, what happened since. The first time
 * (is_new) it joins its user's audience: then it leaves by dispatcher_leave.
 */
extern void dispatcher_join(Dispatcher *dispatcher, const char *user_id, unsigned long long socket,
                            long long after, bool is_new);
extern void dispatcher_leave(Dispatcher *dispatcher, const char *user_id);

/* A page of the user has fulfilled a request, which waits at another relay. */
extern void dispatcher_confirm(Dispatcher *dispatcher, const char *user_id, const char *request_id);

#endif
