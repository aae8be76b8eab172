/*
 * clock.c
 *		The monotonic clock.
 */
#include "base/clock.h"

#include <time.h>

long long
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long
clock_left_ms(long long deadline_ms)
{
	long long left = deadline_ms - clock_ms();

	return left > 0 ? left : 0;
}

long long
clock_earlier(long long one_ms, long long other_ms)
{
	return one_ms < other_ms ? one_ms : other_ms;
}

void
clock_cond_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool
clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, long long deadline_ms)
{
	struct timespec deadline = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};

	return pthread_cond_timedwait(condition, lock, &deadline) == 0;
}
