/*
 * handles.c
 *		A pool of libcurl's handles. The one that was used last is used first, so that connections that are not needed die.
 */
#include "twilio/handles.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"

struct Handles
{
	pthread_mutex_t lock;
	pthread_cond_t returned;
	CURL *idle[HANDLES_KEPT];
	int idle_count;
	int in_flight;
};

Handles *
handles_open(void)
{
	Handles *handles = must_alloc(sizeof(Handles));

	pthread_mutex_init(&handles->lock, NULL);
	clock_cond_init(&handles->returned);
	return handles;
}

void
handles_close(Handles *handles)
{
	while (handles->idle_count > 0)
		curl_easy_cleanup(handles->idle[--handles->idle_count]);
	pthread_cond_destroy(&handles->returned);
	pthread_mutex_destroy(&handles->lock);
	free(handles);
}

CURL *
handles_take(Handles *handles, long long deadline_ms)
{
	CURL *handle = NULL;
	bool mine;

	pthread_mutex_lock(&handles->lock);
	while (handles->in_flight == HANDLES_IN_FLIGHT &&
	       clock_cond_wait(&handles->returned, &handles->lock, deadline_ms))
		;
	mine = handles->in_flight < HANDLES_IN_FLIGHT;
	if (mine)
	{
		handles->in_flight++;
		if (handles->idle_count > 0)
			handle = handles->idle[--handles->idle_count];
	}
	pthread_mutex_unlock(&handles->lock);
	if (mine && handle == NULL)
		handle = must(curl_easy_init());
	return handle;
}

void
handles_return(Handles *handles, CURL *handle)
{
	pthread_mutex_lock(&handles->lock);
	handles->in_flight--;
	if (handles->idle_count < HANDLES_KEPT)
	{
		handles->idle[handles->idle_count++] = handle;
		handle = NULL;
	}
	pthread_cond_signal(&handles->returned);
	pthread_mutex_unlock(&handles->lock);
	curl_easy_cleanup(handle);
}
