/*
 * rate_cache.h
 *		The deck in force, in the memory of this backend: what a number costs without touching a table.
 */
#ifndef WORLDTUNE_RATE_CACHE_H
#define WORLDTUNE_RATE_CACHE_H

#include "postgres.h"

#include "rating/deck_image.h"
#include "pure/e164.h"

/*
 * What the deck in force says of a call, good until the next lookup; false when it has no rate. caller_id may
 * be NULL.
 */
extern bool rate_cache_find(const E164 *number, const E164 *caller_id, DeckMatch *match, int64 *deck_id);

/* The deck in force; 0 when there is none. */
extern int64 rate_cache_deck_id(void);

/* Makes the next lookup read the rows again, and no image of them. */
extern void rate_cache_distrust(void);

/* Grows with every change of the tables of rates: what was read at another generation is stale. */
extern uint64 rate_cache_generation(void);

#endif
