/*
 * rate.h
 *		The rate of a call: longest-prefix match over the operator's own prices and the deck in force, from
 *		this backend's memory.
 */
#ifndef WORLDTUNE_RATE_H
#define WORLDTUNE_RATE_H

#include "postgres.h"

#include "pure/billing.h"
#include "rating/deck_image.h"
#include "pure/e164.h"

/* What a call costs, and which row of which deck says the rest of it. Good until the next lookup. */
typedef struct RateMatch
{
	int64 deck_id;     /* 0 when no row of the deck covers the number: the price is the operator's own */
	DeckMatch row;     /* its terms and rate with the operator's own prices applied */
	int prefix_length; /* of the row, or of the operator's own price */
	bool own_rate;     /* the rate is the operator's own */
} RateMatch;

/* Without touching a table, once this backend has read them. Answers as rate_find. */
extern bool rate_match(const E164 *number, const E164 *caller_id, RateMatch *match);

/*
 * One row of the deck, as it applies to a number. deck_id is 0 where the operator's own price stands alone.
 * Strings live in CurrentMemoryContext and are NULL where the deck says nothing.
 */
typedef struct Rate
{
	int64 deck_id;
	BillingTerms terms;
	int64 rate_min_micros;
	int64 rate_max_micros;
	char *prefix;
	char *country;
	char *iso_country;
	char *continent;
	char *description;
} Rate;

/*
 * The rate for calling number while showing caller_id (NULL: none). The operator's own price wins, else the
 * longest destination prefix, then the longest origination prefix that fits the caller ID. False when no rate
 * covers the number. Needs no SPI connection and no privilege on the tables.
 */
extern bool rate_find(const E164 *number, const E164 *caller_id, Rate *rate);

#endif
