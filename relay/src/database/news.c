/*
 * news.c
 *		A list under a lock, and an event's descriptor beside it.
 */
#include "database/news.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/must.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int descriptor = -1;
static News waiting;

static void
forget(void)
{
	waiting.count = 0;
	waiting.more = waiting.doubt = false;
}

void
news_open(void)
{
	descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (descriptor < 0)
		must(NULL);
	forget();
}

void
news_close(void)
{
	pthread_mutex_lock(&lock);
	close(descriptor);
	descriptor = -1;
	pthread_mutex_unlock(&lock);
}

/* The caller has the lock. */
static void
wake(void)
{
	uint64_t one = 1;

	if (descriptor >= 0 && write(descriptor, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

static bool
is_waiting(const char *user_id)
{
	for (int i = 0; i < waiting.count; i++)
		if (strcmp(waiting.user_ids[i], user_id) == 0)
			return true;
	return false;
}

void
news_add(const char *user_id)
{
	if (user_id == NULL || descriptor < 0)
		return;
	pthread_mutex_lock(&lock);
	if (is_waiting(user_id))
		;
	else if (waiting.count < NEWS_MAX && uuid_read(user_id, waiting.user_ids[waiting.count]))
		waiting.count++;
	else
		waiting.more = true;
	wake();
	pthread_mutex_unlock(&lock);
}

void
news_doubt(void)
{
	pthread_mutex_lock(&lock);
	waiting.doubt = true;
	wake();
	pthread_mutex_unlock(&lock);
}

void
news_take(News *news)
{
	uint64_t count;

	pthread_mutex_lock(&lock);
	if (read(descriptor, &count, sizeof(count)) < 0)
		count = 0; /* nobody woke us */
	news->count = waiting.count;
	news->more = waiting.more;
	memcpy(news->user_ids, waiting.user_ids, (size_t) waiting.count * UUID_SIZE);
	news->doubt = waiting.doubt;
	forget();
	pthread_mutex_unlock(&lock);
}

int
news_descriptor(void)
{
	return descriptor;
}

void
news_wake(void)
{
	pthread_mutex_lock(&lock);
	wake();
	pthread_mutex_unlock(&lock);
}
