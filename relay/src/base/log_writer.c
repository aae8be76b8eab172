/*
 * log_writer.c
 *		A ring of bytes between the threads that log and the one that writes.
 */
#include "base/log_writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RING_BYTES (256 * 1024)
#define CHUNK_BYTES PIPE_BUF /* what a pipe that is ready takes without waiting */
#define LOOK_UP_MS 200
#define STOP_MS 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static char ring[RING_BYTES];
static size_t first; /* the oldest byte */
static size_t used;
static unsigned long dropped; /* lines since the last one that was kept */
static bool running;
static bool stopping;
static pthread_t writer;

static void
put(const char *bytes, size_t length)
{
	size_t end = (first + used) % RING_BYTES;
	size_t until_wrap = RING_BYTES - end < length ? RING_BYTES - end : length;

	memcpy(ring + end, bytes, until_wrap);
	memcpy(ring, bytes + until_wrap, length - until_wrap);
	used += length;
}

/* Says how many lines are missing here, if any are; false when there is not even room for that. */
static bool
put_dropped(size_t room_wanted)
{
	char time_text[32];
	char line[128];
	struct tm utc;
	time_t now = time(NULL);
	int length;

	if (dropped == 0)
		return RING_BYTES - used >= room_wanted;
	strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%S.000Z", gmtime_r(&now, &utc));
	length = snprintf(line, sizeof(line),
	                  "{\"time\":\"%s\",\"level\":\"warn\",\"event\":\"log_lines_dropped\",\"lines\":%lu}\n",
	                  time_text, dropped);
	if (RING_BYTES - used < room_wanted + (size_t) length)
		return false;
	put(line, length);
	dropped = 0;
	return true;
}

static void
write_out(const char *bytes, size_t length)
{
	ssize_t written;

	while (length > 0 && ((written = write(STDERR_FILENO, bytes, length)) > 0 || errno == EINTR))
		if (written > 0)
		{
			bytes += written;
			length -= written;
		}
}

void
log_writer_add(const char *line, size_t length)
{
	pthread_mutex_lock(&lock);
	if (!running)
		write_out(line, length);
	else if (put_dropped(length))
	{
		put(line, length);
		pthread_cond_signal(&filled);
	}
	else
		dropped++;
	pthread_mutex_unlock(&lock);
}

/* The oldest bytes, as many as fit; 0 when there is nothing more to come. */
static size_t
take(char *chunk)
{
	size_t length;

	pthread_mutex_lock(&lock);
	while (used == 0 && !stopping)
		pthread_cond_wait(&filled, &lock);
	length = used < CHUNK_BYTES ? used : CHUNK_BYTES;
	for (size_t i = 0; i < length; i++)
		chunk[i] = ring[(first + i) % RING_BYTES];
	first = (first + length) % RING_BYTES;
	used -= length;
	pthread_mutex_unlock(&lock);
	return length;
}

/* False when nobody has read for too long since the stop. */
static bool
wait_until_writable(void)
{
	struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
	int looked = 0;
	bool stop;

	while (poll(&standard_error, 1, LOOK_UP_MS) == 0)
	{
		pthread_mutex_lock(&lock);
		stop = stopping;
		pthread_mutex_unlock(&lock);
		if (stop && ++looked > STOP_MS / LOOK_UP_MS)
			return false;
	}
	return true;
}

static void *
run(void *context)
{
	char chunk[CHUNK_BYTES];
	size_t length;

	while ((length = take(chunk)) > 0 && wait_until_writable())
		write_out(chunk, length);
	return context;
}

void
log_writer_start(void)
{
	running = pthread_create(&writer, NULL, run, NULL) == 0;
}

void
log_writer_stop(void)
{
	bool was_running;

	pthread_mutex_lock(&lock);
	was_running = running;
	stopping = true;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
	if (!was_running)
		return;
	pthread_join(writer, NULL);
	running = false;
}
