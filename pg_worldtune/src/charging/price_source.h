/*
 * price_source.h
 *		Who set a call's price, by the rows of decks and of the operator's own prices that are stored.
 */
#ifndef WORLDTUNE_PRICE_SOURCE_H
#define WORLDTUNE_PRICE_SOURCE_H

#include "charging/receipt.h"

#define STORED_PRICE_LEFT_OPEN (-1) /* the override leaves the term to the deck */

/* A stored row of prices. */
typedef struct StoredPrice
{
	bool found;
	char *prefix;
	int64 rate_micros;
	int64 connection_fee_micros;
	int32 minimum_seconds;
	int32 increment_seconds;
} StoredPrice;

typedef struct PriceSource
{
	bool overridden;      /* the operator's own price has a part in it */
	StoredPrice override; /* as it was when the call was decided on */
	bool has_deck;        /* a deck has a part in it, and its row can be told */
	char *deck_name;      /* NULL: the deck is no longer stored */
	StoredPrice deck;
	bool complete;      /* all rows that had a part in it are stored */
	BillingTerms terms; /* what they say together; only where complete */
} PriceSource;

/* Inside SPI_connect, for a call that has a price. */
extern void price_source_read(const Receipt *receipt, PriceSource *source);

#endif
