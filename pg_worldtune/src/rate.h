/*
 * rate.h
 *		The rate of a call: longest-prefix match over the deck in force, from this backend's cache.
 */
#ifndef WORLDTUNE_RATE_H
#define WORLDTUNE_RATE_H

#include "postgres.h"

#include "billing.h"
#include "e164.h"

/*
 * One row of the deck, as it applies to a number. Strings live in CurrentMemoryContext and are NULL where the
 * deck says nothing.
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
 * The rate for calling number while showing caller_id (NULL: none). The longest destination prefix wins, then
 * the longest origination prefix that fits the caller ID. False when no rate covers the number. Needs no SPI
 * connection and no privilege on the tables.
 */
extern bool rate_find(const E164 *number, const E164 *caller_id, Rate *rate);

/* Reads a number from a text datum; a text that is no number raises 22023 with what is wrong. */
extern void e164_from_text(text *input, E164 *number);

/* "+442079460958" as a palloc'd text. */
extern text *e164_to_text(const E164 *number);

#endif
