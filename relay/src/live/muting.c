/*
 * muting.c
 *		A list of those who wait, few at a time.
 */
#include "live/muting.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t confirmed;
static pthread_once_t made = PTHREAD_ONCE_INIT;
static MuteRequest *waiting;

static void
make_condition(void)
{
	clock_cond_init(&confirmed);
}

/* A random uuid, version 4 (RFC 9562). */
static void
make_id(char id[UUID_SIZE])
{
	char digits[33];

	hex_random(16, digits);
	snprintf(id, UUID_SIZE, "%.8s-%.4s-4%.3s-8%.3s-%.12s", digits, digits + 8, digits + 13, digits + 17,
	         digits + 20);
}

void
muting_begin(MuteRequest *request, const char *user_id)
{
	pthread_once(&made, make_condition);
	*request = (MuteRequest){.done = false};
	memcpy(request->user_id, user_id, UUID_SIZE);
	make_id(request->id);
	pthread_mutex_lock(&lock);
	request->next = waiting;
	waiting = request;
	pthread_mutex_unlock(&lock);
}

bool
muting_wait(MuteRequest *request, long long deadline_ms)
{
	MuteRequest **link = &waiting;

	pthread_mutex_lock(&lock);
	while (!request->done && clock_cond_wait(&confirmed, &lock, deadline_ms))
		;
	while (*link != request)
		link = &(*link)->next;
	*link = request->next;
	pthread_mutex_unlock(&lock);
	return request->done;
}

bool
muting_confirm(const char *user_id, const char *id)
{
	bool found = false;

	pthread_mutex_lock(&lock);
	for (MuteRequest *request = waiting; request != NULL; request = request->next)
		if (strcmp(request->id, id) == 0 && strcmp(request->user_id, user_id) == 0)
			found = request->done = true;
	if (found)
		pthread_cond_broadcast(&confirmed);
	pthread_mutex_unlock(&lock);
	return found;
}
