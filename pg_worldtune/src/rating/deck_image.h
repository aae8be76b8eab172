/*
 * deck_image.h
 *		A deck compiled for lookups: one block of memory without pointers.
 *
 * The rows of worldtune.rates are the truth. An image is made from them, either on the spot by the backend
 * that needs it or, once, when a deck is published: then it lies in worldtune.deck_images for every backend
 * to load.
 */
#ifndef WORLDTUNE_DECK_IMAGE_H
#define WORLDTUNE_DECK_IMAGE_H

#include "postgres.h"

#include "pure/billing.h"
#include "pure/e164.h"
#include "postgres/small_numeric.h"
#include "utils/snapshot.h"

typedef struct DeckImage DeckImage;

/* What the deck says of a call. origination is good as long as the image. */
typedef struct DeckMatch
{
	BillingTerms terms;
	SmallNumeric rate;       /* that of the terms */
	int prefix_length;       /* leading digits of the number */
	const char *origination; /* empty for any caller ID */
} DeckMatch;

/* From the rows that the snapshot sees; palloc'd in the current context. */
extern DeckImage *deck_image_compile(int64 deck_id, Snapshot snapshot);

/* From worldtune.deck_images, palloc'd; NULL when there is none of that revision that this library can read.
 */
extern DeckImage *deck_image_load(int64 deck_id, int64 revision, Snapshot snapshot);

/*
 * The longest prefix of the number that has a row for the caller ID (may be NULL), and of its rows the one
 * with the longest origination that fits. False when there is none.
 */
extern bool deck_image_find(const DeckImage *image, const E164 *number, const E164 *caller_id,
                            DeckMatch *match);

#endif
