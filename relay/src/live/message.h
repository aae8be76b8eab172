/*
 * message.h
 *		What is written to a page, as JSON. One message may wait on many sockets at once.
 */
#ifndef RELAY_MESSAGE_H
#define RELAY_MESSAGE_H

#include <stddef.h>

#include "database/live_feed.h"

/* Counted by one thread at a time. */
typedef struct Message
{
	int users;
	long long seq; /* of the event; 0: it is none */
	size_t length;
	unsigned char buffer[]; /* room for libwebsockets (LWS_PRE), then the text */
} Message;

extern Message *message_keep(Message *message);
extern void message_release(Message *message);

/* An event, or resync. */
extern Message *message_of_event(const LiveEvent *event);

/* The first rows of a snapshot: ready, and the open calls behind it. Sets the row that follows. */
extern Message *message_of_snapshot(const PGresult *rows, int *next);

#endif
