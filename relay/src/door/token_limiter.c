/*
 * token_limiter.c
 *		A sliding window per user, in a table of fixed size: a full set forgets the user quiet longest.
 */
#include "door/token_limiter.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "base/uuid.h"

#define WINDOW_MS 60000
#define TOKENS_PER_WINDOW 5
#define SETS 1024
#define USERS_PER_SET 8

typedef struct Window
{
	char user_id[UUID_SIZE];
	int oldest; /* index of the oldest moment, which the next one overwrites */
	int64_t moments_ms[TOKENS_PER_WINDOW];
} Window;

struct TokenLimiter
{
	pthread_mutex_t lock;
	Window windows[SETS][USERS_PER_SET];
};

TokenLimiter *
token_limiter_open(void)
{
	TokenLimiter *limiter = must_alloc(sizeof(TokenLimiter));

	pthread_mutex_init(&limiter->lock, NULL);
	return limiter;
}

void
token_limiter_close(TokenLimiter *limiter)
{
	pthread_mutex_destroy(&limiter->lock);
	free(limiter);
}

static int64_t
newest_ms(const Window *window)
{
	return window->moments_ms[(window->oldest + TOKENS_PER_WINDOW - 1) % TOKENS_PER_WINDOW];
}

static unsigned
hash(const char *text)
{
	unsigned value = 2166136261u; /* FNV-1a */

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char) *text) * 16777619u;
	return value;
}

/* The user's window, else the set's quietest, cleared. */
static Window *
find_window(TokenLimiter *limiter, const char *user_id)
{
	Window *set = limiter->windows[hash(user_id) % SETS];
	Window *quietest = set;

	for (int i = 0; i < USERS_PER_SET; i++)
	{
		if (strcmp(set[i].user_id, user_id) == 0)
			return &set[i];
		if (newest_ms(&set[i]) < newest_ms(quietest))
			quietest = &set[i];
	}
	memset(quietest, 0, sizeof(*quietest));
	strcpy(quietest->user_id, user_id);
	return quietest;
}

int
token_limiter_admit(TokenLimiter *limiter, const char *user_id)
{
	struct timespec now;
	int64_t now_ms, left_ms;
	Window *window;

	clock_gettime(CLOCK_MONOTONIC, &now);
	/* A moment of 0 is none; the clock may have started with the machine just now. */
	now_ms = now.tv_sec * (int64_t) 1000 + now.tv_nsec / 1000000 + WINDOW_MS;
	pthread_mutex_lock(&limiter->lock);
	window = find_window(limiter, user_id);
	left_ms = window->moments_ms[window->oldest] + WINDOW_MS - now_ms;
	if (left_ms <= 0)
	{
		window->moments_ms[window->oldest] = now_ms;
		window->oldest = (window->oldest + 1) % TOKENS_PER_WINDOW;
	}
	pthread_mutex_unlock(&limiter->lock);
	return left_ms > 0 ? (int) ((left_ms + 999) / 1000) : 0;
}
