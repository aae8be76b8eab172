/*
 * rate_override.c
 *		The operator's own prices. See rate_override.h.
 */
#include "postgres.h"

#include "postgres/money.h"
#include "rating/prefix_table.h"
#include "rating/rate_override.h"

/* An amount of at most 100 credits: it fits into 32 bits. */
static int32
read_micros(const RateScan *row, int column)
{
	return row->nulls[column - 1] ? OVERRIDE_NONE
	                              : (int32) DatumGetMicros(RATE_SCAN_VALUE(row, column), "amount");
}

static int32
read_seconds(const RateScan *row, int column)
{
	return row->nulls[column - 1] ? OVERRIDE_NONE : DatumGetInt32(RATE_SCAN_VALUE(row, column));
}

static void
read_override(const RateScan *row, void *entry)
{
	RateOverride *override = entry;

	override->rate_micros = read_micros(row, OVERRIDE_RATE);
	override->connection_fee_micros = read_micros(row, OVERRIDE_CONNECTION_FEE);
	override->minimum_seconds = read_seconds(row, OVERRIDE_MINIMUM_SECONDS);
	override->increment_seconds = read_seconds(row, OVERRIDE_INCREMENT_SECONDS);
	if (override->rate_micros != OVERRIDE_NONE)
		small_numeric_set(&override->rate, MicrosGetDatum(override->rate_micros));
}

/* Local data */
static PrefixTable overrides = {
    .name = "rate_overrides",
    .entry_size = sizeof(RateOverride),
    .read = read_override,
};

const RateOverride *
rate_override_find(const E164 *number, int *prefix_length)
{
	return prefix_table_find(&overrides, number->digits, number->length, prefix_length);
}
