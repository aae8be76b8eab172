/*
 * deck_loss.c
 *		What callers lose when one deck takes the place of another.
 *
 * A destination of the old deck is lost when the new one has neither its prefix nor a shorter one for some
 * caller that it was for: just what a lookup of the prefix by the origination answers, so the new deck is
 * compiled and asked.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "postgres/result.h"
#include "rating/deck_image.h"
#include "rating/rate_tables.h"

PG_FUNCTION_INFO_V1(worldtune_deck_losses);

#define EXAMPLES_MAX 5

typedef struct DeckLosses
{
	int64 destinations; /* prefixes of the old deck */
	int64 lost;
	StringInfoData examples;          /* the first lost ones */
	char prefix[E164_MAX_DIGITS + 1]; /* of the row before */
	bool prefix_lost;
} DeckLosses;

/* Columns of the answer. */
enum
{
	LOSSES_DESTINATIONS,
	LOSSES_LOST,
	LOSSES_EXAMPLES,
	LOSSES_COLUMNS
};

static void
read_digits(const RateScan *row, int column, E164 *digits)
{
	text *value = DatumGetTextPP(RATE_SCAN_VALUE(row, column));

	text_to_cstring_buffer(value, digits->digits, sizeof(digits->digits));
	digits->length = strlen(digits->digits);
}

static void
note_loss(DeckLosses *losses, const RateScan *row)
{
	char *country = rate_scan_text(row, RATE_COUNTRY);

	losses->prefix_lost = true;
	if (losses->lost++ >= EXAMPLES_MAX)
		return;
	appendStringInfo(&losses->examples, "%s%s", losses->examples.len > 0 ? ", " : "", losses->prefix);
	if (country != NULL)
		appendStringInfo(&losses->examples, " (%s)", country);
}

/* Rows come in the order of their prefixes, and one prefix is one destination. */
static void
judge_row(DeckLosses *losses, const RateScan *row, const DeckImage *replacement)
{
	E164 prefix;
	E164 origination;
	DeckMatch match;

	read_digits(row, RATE_PREFIX, &prefix);
	read_digits(row, RATE_ORIGINATION, &origination);
	if (strcmp(losses->prefix, prefix.digits) != 0)
	{
		strlcpy(losses->prefix, prefix.digits, sizeof(losses->prefix));
		losses->destinations++;
		losses->prefix_lost = false;
	}
	if (!losses->prefix_lost &&
	    !deck_image_find(replacement, &prefix, origination.length == 0 ? NULL : &origination, &match))
		note_loss(losses, row);
}

static void
judge_deck(DeckLosses *losses, int64 deck_id, const DeckImage *replacement, Snapshot snapshot)
{
	MemoryContext row_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune rate row", ALLOCSET_SMALL_SIZES);
	RateScan row;
	ScanKeyData key;

	initStringInfo(&losses->examples);
	ScanKeyInit(&key, RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(deck_id));
	rate_scan_begin(&row, "rates", snapshot, 1, &key);
	while (rate_scan_next(&row))
	{
		MemoryContext caller_context = MemoryContextSwitchTo(row_context);

		judge_row(losses, &row, replacement);
		MemoryContextSwitchTo(caller_context);
		MemoryContextReset(row_context);
	}
	rate_scan_end(&row);
	MemoryContextDelete(row_context);
	if (losses->lost > EXAMPLES_MAX)
		appendStringInfo(&losses->examples, " and " INT64_FORMAT " more", losses->lost - EXAMPLES_MAX);
}

/* deck_losses(replaced bigint, replacement bigint) */
Datum
worldtune_deck_losses(PG_FUNCTION_ARGS)
{
	DeckLosses losses = {0};
	Snapshot snapshot = rate_tables_snapshot();
	DeckImage *replacement = deck_image_compile(PG_GETARG_INT64(1), snapshot);
	Datum values[LOSSES_COLUMNS];
	bool nulls[LOSSES_COLUMNS] = {0};

	judge_deck(&losses, PG_GETARG_INT64(0), replacement, snapshot);
	pfree(replacement);
	UnregisterSnapshot(snapshot);
	values[LOSSES_DESTINATIONS] = Int64GetDatum(losses.destinations);
	values[LOSSES_LOST] = Int64GetDatum(losses.lost);
	values[LOSSES_EXAMPLES] = CStringGetTextDatum(losses.examples.data);
	return result_row(fcinfo, LOSSES_COLUMNS, values, nulls);
}
