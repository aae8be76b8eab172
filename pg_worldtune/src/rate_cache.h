/*
 * rate_cache.h
 *		The deck in force, in the memory of this backend: what a number costs without touching a table.
 */
#ifndef WORLDTUNE_RATE_CACHE_H
#define WORLDTUNE_RATE_CACHE_H

#include "postgres.h"

#include "billing.h"
#include "e164.h"

/*
 * The rate that applies, and the key of its row. Holds no pointer into the cache, which the next lookup may
 * replace.
 */
typedef struct RateMatch
{
	int64 deck_id;
	BillingTerms terms;
	int prefix_length;                     /* leading digits of the number */
	char origination[E164_MAX_DIGITS + 1]; /* empty for any caller ID */
} RateMatch;

/* False when no rate covers the number. caller_id may be NULL. */
extern bool rate_cache_find(const E164 *number, const E164 *caller_id, RateMatch *match);

/* The deck in force; 0 when there is none. */
extern int64 rate_cache_deck_id(void);

/* Makes the next lookup read the tables again. */
extern void rate_cache_invalidate(void);

/* Grows with every change of the tables of rates: what was read at another generation is stale. */
extern uint64 rate_cache_generation(void);

#endif
