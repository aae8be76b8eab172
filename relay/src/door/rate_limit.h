/*
 * rate_limit.h
 *		How many requests a minute: token buckets by whatever is limited.
 */
#ifndef RELAY_RATE_LIMIT_H
#define RELAY_RATE_LIMIT_H

#include <stddef.h>

/*
 * Takes a token from the bucket of that limit (one of few names) and key (any bytes), which holds as many as may be taken in a
 * minute and is full at first. Returns 0, or the seconds until there is one again. With 0 a minute there is no limit.
 */
extern int rate_limit_take(const char *limit, const void *key, size_t key_size, int per_minute);

#endif
