/*
 * clock.h
 *		Time that only goes forward, in milliseconds, and deadlines in it.
 */
#ifndef RELAY_CLOCK_H
#define RELAY_CLOCK_H

#include <pthread.h>
#include <stdbool.h>

extern long long clock_ms(void);

/* Milliseconds until then; 0 when it has passed. */
extern long long clock_left_ms(long long deadline_ms);

extern long long clock_earlier(long long one_ms, long long other_ms);

/* A condition variable whose timed waits take deadlines of this clock. */
extern void clock_cond_init(pthread_cond_t *condition);

/* Waits for the condition; false at the deadline. */
extern bool clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, long long deadline_ms);

#endif
