/*
 * flight.c
 *		Counting what is on its way.
 */
#include "server/flight.h"

#include <pthread.h>

#include "base/clock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t landed;
static int in_flight;
static bool stopping;

bool
flight_take_off(void)
{
	bool admitted;

	pthread_mutex_lock(&lock);
	admitted = !stopping;
	if (admitted)
		in_flight++;
	pthread_mutex_unlock(&lock);
	return admitted;
}

void
flight_land(void)
{
	pthread_mutex_lock(&lock);
	if (--in_flight == 0 && stopping)
		pthread_cond_broadcast(&landed);
	pthread_mutex_unlock(&lock);
}

void
flight_stop(int milliseconds)
{
	long long deadline_ms = clock_ms() + milliseconds;

	clock_cond_init(&landed);
	pthread_mutex_lock(&lock);
	stopping = true;
	while (in_flight > 0 && clock_cond_wait(&landed, &lock, deadline_ms))
		;
	pthread_mutex_unlock(&lock);
}
