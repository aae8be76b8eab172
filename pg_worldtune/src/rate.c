/*
 * rate.c
 *		The rate of a call, with all that its row says. See rate.h.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "money.h"
#include "rate.h"
#include "rate_cache.h"
#include "rate_tables.h"

static int64
column_micros(const RateScan *row, int column)
{
	return DatumGetMicros(RATE_SCAN_VALUE(row, column), "rate");
}

static void
fill_rate(Rate *rate, const RateScan *row)
{
	rate->deck_id = DatumGetInt64(RATE_SCAN_VALUE(row, RATE_DECK_ID));
	rate->terms.rate_micros = column_micros(row, RATE_RATE);
	rate->terms.connection_fee_micros = column_micros(row, RATE_CONNECTION_FEE);
	rate->terms.minimum_seconds = DatumGetInt32(RATE_SCAN_VALUE(row, RATE_MINIMUM_SECONDS));
	rate->terms.increment_seconds = DatumGetInt32(RATE_SCAN_VALUE(row, RATE_INCREMENT_SECONDS));
	rate->rate_min_micros = column_micros(row, RATE_RATE_MIN);
	rate->rate_max_micros = column_micros(row, RATE_RATE_MAX);
	rate->prefix = rate_scan_text(row, RATE_PREFIX);
	rate->country = rate_scan_text(row, RATE_COUNTRY);
	rate->iso_country = rate_scan_text(row, RATE_ISO_COUNTRY);
	rate->continent = rate_scan_text(row, RATE_CONTINENT);
	rate->description = rate_scan_text(row, RATE_DESCRIPTION);
}

/* Reads the row that the cache points to. False when it is gone. */
static bool
fetch_row(const E164 *number, const RateMatch *match, Rate *rate)
{
	text *prefix = cstring_to_text_with_len(number->digits, match->prefix_length);
	Snapshot snapshot = rate_tables_snapshot();
	ScanKeyData keys[3];
	RateScan row;
	bool found;

	ScanKeyInit(&keys[0], RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(match->deck_id));
	ScanKeyInit(&keys[1], RATE_PREFIX, BTEqualStrategyNumber, F_TEXTEQ, PointerGetDatum(prefix));
	ScanKeyInit(&keys[2], RATE_ORIGINATION, BTEqualStrategyNumber, F_TEXTEQ,
	            CStringGetTextDatum(match->origination));
	rate_scan_begin(&row, "rates", snapshot, lengthof(keys), keys);
	found = rate_scan_next(&row);
	if (found)
		fill_rate(rate, &row);
	rate_scan_end(&row);
	UnregisterSnapshot(snapshot);
	return found;
}

bool
rate_find(const E164 *number, const E164 *caller_id, Rate *rate)
{
	RateMatch match;

	while (rate_cache_find(number, caller_id, &match))
	{
		if (fetch_row(number, &match, rate))
			return true;
		/* Another session deleted it, and its message has not reached us yet. */
		rate_cache_invalidate();
	}
	return false;
}
