/*
 * rate_override.h
 *		The operator's own prices: worldtune.rate_overrides.
 */
#ifndef WORLDTUNE_RATE_OVERRIDE_H
#define WORLDTUNE_RATE_OVERRIDE_H

#include "postgres.h"

#include "pure/e164.h"
#include "postgres/small_numeric.h"

#define OVERRIDE_NONE (-1) /* what the deck says stays */

typedef struct RateOverride
{
	int32 rate_micros;
	int32 connection_fee_micros;
	int32 minimum_seconds;
	int32 increment_seconds;
	SmallNumeric rate; /* that of rate_micros */
} RateOverride;

/* That of the longest prefix of the number, good until the next call; NULL when there is none. */
extern const RateOverride *rate_override_find(const E164 *number, int *prefix_length);

#endif
