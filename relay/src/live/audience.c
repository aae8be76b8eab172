/*
 * audience.c
 *		A hash table with chains.
 */
#include "live/audience.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

/* The ids are random, but whoever signs up chooses none: FNV-1a will do. */
static unsigned int
bucket_of(const char *user_id)
{
	unsigned int hash = 2166136261U;

	for (const char *c = user_id; *c != '\0'; c++)
		hash = (hash ^ (unsigned char) *c) * 16777619U;
	return hash % AUDIENCE_BUCKETS;
}

Listener *
audience_find(const Audience *audience, const char *user_id)
{
	Listener *listener = audience->buckets[bucket_of(user_id)];

	while (listener != NULL && strcmp(listener->user_id, user_id) != 0)
		listener = listener->next;
	return listener;
}

Listener *
audience_join(Audience *audience, const char *user_id)
{
	Listener *listener = audience_find(audience, user_id);
	Listener **bucket = &audience->buckets[bucket_of(user_id)];

	if (listener == NULL)
	{
		listener = must_alloc(sizeof(Listener));
		*listener = (Listener){.next = *bucket};
		memcpy(listener->user_id, user_id, UUID_SIZE);
		*bucket = listener;
		audience->count++;
	}
	listener->pages++;
	return listener;
}

void
audience_leave(Audience *audience, const char *user_id)
{
	Listener **link = &audience->buckets[bucket_of(user_id)];
	Listener *listener;

	while (*link != NULL && strcmp((*link)->user_id, user_id) != 0)
		link = &(*link)->next;
	listener = *link;
	if (listener == NULL || --listener->pages > 0)
		return;
	*link = listener->next;
	audience->count--;
	free(listener);
}

void
audience_clear(Audience *audience)
{
	for (int i = 0; i < AUDIENCE_BUCKETS; i++)
		while (audience->buckets[i] != NULL)
		{
			Listener *listener = audience->buckets[i];

			audience->buckets[i] = listener->next;
			free(listener);
		}
	audience->count = 0;
}
