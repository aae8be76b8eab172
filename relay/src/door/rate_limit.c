/*
 * rate_limit.c
 *		Buckets in a table of fixed size: a full set forgets the bucket that is fullest.
 *
 * A bucket is one number, the time when it will be full again (the generic cell rate algorithm). Keys are kept as hashes with
 * a random seed, so that nobody can aim at another's bucket.
 */
#include "door/rate_limit.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SETS 4096
#define BUCKETS_PER_SET 8
#define MINUTE_US 60000000LL

typedef struct Bucket
{
	uint64_t key;
	int64_t full_us; /* when it is full again */
} Bucket;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Bucket table[SETS][BUCKETS_PER_SET];
static uint64_t seed;

static void
make_seed(void)
{
	arc4random_buf(&seed, sizeof(seed));
}

static uint64_t
mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
	{
		hash = (hash ^ byte[i]) * 1099511628211ULL;
		hash ^= hash >> 29;
	}
	return hash;
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* The caller has the lock. */
static Bucket *
find_bucket(uint64_t key)
{
	Bucket *set = table[key % SETS];
	Bucket *fullest = set;

	for (int i = 0; i < BUCKETS_PER_SET; i++)
	{
		if (set[i].key == key)
			return &set[i];
		if (set[i].full_us < fullest->full_us)
			fullest = &set[i];
	}
	*fullest = (Bucket){.key = key};
	return fullest;
}

int
rate_limit_take(const char *limit, const void *key, size_t key_size, int per_minute)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int64_t now = now_us();
	int64_t full_us;
	Bucket *bucket;

	if (per_minute == 0)
		return 0;
	pthread_once(&once, make_seed);
	pthread_mutex_lock(&lock);
	bucket = find_bucket(mix(mix(seed, limit, strlen(limit) + 1), key, key_size));
	full_us = (bucket->full_us > now ? bucket->full_us : now) + MINUTE_US / per_minute;
	if (full_us - now <= MINUTE_US)
		bucket->full_us = full_us;
	pthread_mutex_unlock(&lock);
	return full_us - now <= MINUTE_US ? 0 : (int) ((full_us - now - MINUTE_US + 999999) / 1000000);
}
