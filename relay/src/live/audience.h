/*
 * audience.h
 *		The users whose pages are connected here, by their ids. Of one thread.
 */
#ifndef RELAY_AUDIENCE_H
#define RELAY_AUDIENCE_H

#include "base/uuid.h"

#define AUDIENCE_BUCKETS 4096

struct Socket;

typedef struct Listener
{
	struct Listener *next;
	char user_id[UUID_SIZE];
	int pages;     /* so many have joined */
	long long seq; /* of the newest event that they were told */
	struct Socket *sockets;
} Listener;

typedef struct Audience
{
	Listener *buckets[AUDIENCE_BUCKETS];
	int count;
} Audience;

/* NULL when none of the user's pages is here. */
extern Listener *audience_find(const Audience *audience, const char *user_id);

/* One page more; a new listener is all zero but for id and pages. One page less, the last takes the listener along. */
extern Listener *audience_join(Audience *audience, const char *user_id);
extern void audience_leave(Audience *audience, const char *user_id);

extern void audience_clear(Audience *audience);

#endif
