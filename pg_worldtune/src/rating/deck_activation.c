/*
 * deck_activation.c
 *		Which deck is in force at a time. See deck_activation.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "rating/deck_activation.h"
#include "rating/rate_tables.h"

PG_FUNCTION_INFO_V1(worldtune_deck_in_force);

DeckInForce
deck_in_force(TimestampTz at, Snapshot snapshot)
{
	DeckInForce found = {.deck_id = 0, .until = DT_NOEND};
	RateScan row;

	/* In the order of effective_at and id, so that the last one that took effect stands. */
	rate_scan_begin(&row, "deck_activations", snapshot, 0, NULL);
	while (found.until == DT_NOEND && rate_scan_next(&row))
	{
		TimestampTz effective_at = DatumGetTimestampTz(RATE_SCAN_VALUE(&row, ACTIVATION_EFFECTIVE_AT));

		if (!row.nulls[ACTIVATION_CANCELLED_AT - 1] ||
		    DatumGetTimestampTz(RATE_SCAN_VALUE(&row, ACTIVATION_SCHEDULED_AT)) > at)
			continue;
		if (effective_at > at)
			found.until = effective_at;
		else
			found.deck_id = DatumGetInt64(RATE_SCAN_VALUE(&row, ACTIVATION_DECK_ID));
	}
	rate_scan_end(&row);
	return found;
}

Datum
worldtune_deck_in_force(PG_FUNCTION_ARGS)
{
	Snapshot snapshot = rate_tables_snapshot();
	DeckInForce found = deck_in_force(PG_GETARG_TIMESTAMPTZ(0), snapshot);

	UnregisterSnapshot(snapshot);
	if (found.deck_id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(found.deck_id);
}
