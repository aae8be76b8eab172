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
	int prefix_length; /* of the operator's own price, else of the row */
	bool overridden;   /* some term is the operator's own */
	bool own_rate;     /* the rate is the operator's own */
} RateMatch;

/* Without touching a table, once this backend has read them. Answers as rate_find. */
extern bool rate_match(const E164 *number, const E164 *caller_id, RateMatch *match);

/*
 * What a number costs, and who says so. Strings live in CurrentMemoryContext and are NULL where nobody says
 * anything.
 *
 * price_source is "override" as soon as an override has set any of the four terms: the others are then the
 * deck's, of the row that the deck has for the number.
 */
typedef struct Rate
{
	const char *price_source; /* "deck" or "override", constants */
	int64 deck_id;            /* 0 where an override stands alone */
	BillingTerms terms;
	int64 rate_min_micros;
	int64 rate_max_micros;
	char *prefix;      /* that priced the call: the override's, else the row's */
	char *origination; /* leading digits of the caller ID that the deck's row is for; NULL for any */
	char *country;
	char *iso_country;
	char *continent;
	char *description;
} Rate;

/* What the operator's own price leaves open where no deck has a row: no fee, whole minutes. */
extern const BillingTerms rate_default_terms;

/*
 * The rate for calling number while showing caller_id (NULL: none). The operator's own price wins, else the
 * longest destination prefix, then the longest origination prefix that fits the caller ID. False when no rate
 * covers the number. Needs no SPI connection and no privilege on the tables.
 */
extern bool rate_find(const E164 *number, const E164 *caller_id, Rate *rate);

/*
 * What is known of a number that no row of the deck covers: iso_country by the numbering plan. The rest of the
 * rate is zero.
 */
extern void rate_country_of(const E164 *number, Rate *rate);

#endif
