/*
 * rate.c
 *		The rate of a call, with all that its row says. See rate.h.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "money.h"
#include "rate.h"
#include "rate_cache.h"
#include "rate_tables.h"

static char *
column_text(const Datum *values, const bool *nulls, int column)
{
	return nulls[column - 1] ? NULL : TextDatumGetCString(values[column - 1]);
}

static int64
column_micros(const Datum *values, int column)
{
	return DatumGetMicros(values[column - 1], "rate");
}

static void
fill_rate(Rate *rate, const Datum *values, const bool *nulls)
{
	rate->deck_id = DatumGetInt64(values[RATE_DECK_ID - 1]);
	rate->terms.rate_micros = column_micros(values, RATE_RATE);
	rate->terms.connection_fee_micros = column_micros(values, RATE_CONNECTION_FEE);
	rate->terms.minimum_seconds = DatumGetInt32(values[RATE_MINIMUM_SECONDS - 1]);
	rate->terms.increment_seconds = DatumGetInt32(values[RATE_INCREMENT_SECONDS - 1]);
	rate->rate_min_micros = column_micros(values, RATE_RATE_MIN);
	rate->rate_max_micros = column_micros(values, RATE_RATE_MAX);
	rate->prefix = column_text(values, nulls, RATE_PREFIX);
	rate->country = column_text(values, nulls, RATE_COUNTRY);
	rate->iso_country = column_text(values, nulls, RATE_ISO_COUNTRY);
	rate->continent = column_text(values, nulls, RATE_CONTINENT);
	rate->description = column_text(values, nulls, RATE_DESCRIPTION);
}

/* Reads the row that the cache points to. False when it is gone. */
static bool
fetch_row(const E164 *number, const RateMatch *match, Rate *rate)
{
	Relation table = rate_table_open("rates");
	text *prefix = cstring_to_text_with_len(number->digits, match->prefix_length);
	Snapshot snapshot = rate_tables_snapshot();
	ScanKeyData keys[3];
	RateScan scan;
	HeapTuple tuple;
	bool found;

	ScanKeyInit(&keys[0], RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(match->deck_id));
	ScanKeyInit(&keys[1], RATE_PREFIX, BTEqualStrategyNumber, F_TEXTEQ, PointerGetDatum(prefix));
	ScanKeyInit(&keys[2], RATE_ORIGINATION, BTEqualStrategyNumber, F_TEXTEQ,
	            CStringGetTextDatum(match->origination));
	rate_scan_begin(&scan, table, snapshot, lengthof(keys), keys);
	tuple = rate_scan_next(&scan);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		Datum values[RATE_COLUMNS];
		bool nulls[RATE_COLUMNS];

		heap_deform_tuple(tuple, RelationGetDescr(table), values, nulls);
		fill_rate(rate, values, nulls);
	}
	rate_scan_end(&scan);
	UnregisterSnapshot(snapshot);
	table_close(table, AccessShareLock);
	return found;
}

bool
rate_find(const E164 *number, const E164 *caller_id, Rate *rate)
{
	RateMatch match;

	while (rate_cache_find(number, caller_id, &match))
	{
		CHECK_FOR_INTERRUPTS();
		if (fetch_row(number, &match, rate))
			return true;
		/* Another session deleted it, and its message has not reached us yet. */
		rate_cache_invalidate();
	}
	return false;
}
