/*
 * patience.c
 *		A timer for each thread, whose signal does nothing but make poll() fail with EINTR.
 */
#include "http/patience.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define SIGNAL (SIGRTMIN + 1)
#define AGAIN_MS 50
#define GRACE_MS 100 /* that everybody has */

/* What glibc before 2.39 does not name. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* One thread's. Who sets a timer has its lock, so that nobody's patience ends who has just stopped waiting. */
typedef struct Patience
{
	struct Patience *next;
	const void *group;
	pthread_mutex_t lock;
	timer_t timer;
	bool has_timer;
	long long since_ms; /* 0: waits for nobody */
} Patience;

static _Thread_local Patience own = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static Patience *list;

static void
do_nothing(int signal_number)
{
	(void) signal_number;
}

void
patience_init(void)
{
	struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */

	sigaction(SIGNAL, &action, NULL);
}

void
patience_begin(const void *group)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};

	event.sigev_notify_thread_id = (pid_t) syscall(SYS_gettid);
	own.group = group;
	own.has_timer = timer_create(CLOCK_MONOTONIC, &event, &own.timer) == 0;
	if (!own.has_timer)
		log_warn("thread_without_timer", log_text("message", strerror(errno)));
	pthread_mutex_lock(&list_lock);
	own.next = list;
	list = &own;
	pthread_mutex_unlock(&list_lock);
}

void
patience_end(void)
{
	Patience **link = &list;

	pthread_mutex_lock(&list_lock);
	while (*link != &own)
		link = &(*link)->next;
	*link = own.next;
	pthread_mutex_unlock(&list_lock);
	if (own.has_timer)
		timer_delete(own.timer);
	own.has_timer = false;
}

/* The caller has the lock. */
static void
set_timer(const Patience *patience, long long nanoseconds)
{
	struct itimerspec time = {
	    .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000},
	    .it_interval = {.tv_nsec = nanoseconds > 0 ? AGAIN_MS * 1000000L : 0},
	};

	if (patience->has_timer)
		timer_settime(patience->timer, 0, &time, NULL);
}

void
patience_set(int milliseconds)
{
	pthread_mutex_lock(&own.lock);
	__atomic_store_n(&own.since_ms, milliseconds > 0 ? clock_ms() : 0, __ATOMIC_RELAXED);
	set_timer(&own, milliseconds * 1000000LL);
	pthread_mutex_unlock(&own.lock);
}

/* The caller has the list's lock. */
static Patience *
find_longest(const void *group)
{
	Patience *longest = NULL;
	long long longest_since_ms = 0;

	for (Patience *one = list; one != NULL; one = one->next)
	{
		long long since_ms = __atomic_load_n(&one->since_ms, __ATOMIC_RELAXED);

		if (one->group != group || since_ms == 0 || (longest != NULL && since_ms >= longest_since_ms))
			continue;
		longest = one;
		longest_since_ms = since_ms;
	}
	return longest;
}

bool
patience_end_longest(const void *group)
{
	Patience *longest;

	pthread_mutex_lock(&list_lock);
	longest = find_longest(group);
	if (longest != NULL)
	{
		pthread_mutex_lock(&longest->lock);
		if (longest->since_ms != 0)
			set_timer(longest, 1 + clock_left_ms(longest->since_ms + GRACE_MS) * 1000000LL);
		__atomic_store_n(&longest->since_ms, 0, __ATOMIC_RELAXED);
		pthread_mutex_unlock(&longest->lock);
	}
	pthread_mutex_unlock(&list_lock);
	return longest != NULL;
}
