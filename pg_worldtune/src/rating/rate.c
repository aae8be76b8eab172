/*
 * rate.c
 *		The rate of a call, with all that its row says. See rate.h.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "rating/calling_code.h"
#include "postgres/money.h"
#include "rating/rate.h"
#include "rating/rate_cache.h"
#include "rating/rate_override.h"
#include "rating/rate_tables.h"

static int64
column_micros(const RateScan *row, int column)
{
	return DatumGetMicros(RATE_SCAN_VALUE(row, column), "rate");
}

static void
fill_rate(Rate *rate, const RateScan *row)
{
	rate->rate_min_micros = column_micros(row, RATE_RATE_MIN);
	rate->rate_max_micros = column_micros(row, RATE_RATE_MAX);
	rate->country = rate_scan_text(row, RATE_COUNTRY);
	rate->iso_country = rate_scan_text(row, RATE_ISO_COUNTRY);
	rate->continent = rate_scan_text(row, RATE_CONTINENT);
	rate->description = rate_scan_text(row, RATE_DESCRIPTION);
}

const BillingTerms rate_default_terms = {.minimum_seconds = BILLING_DEFAULT_STEP_SECONDS,
                                         .increment_seconds = BILLING_DEFAULT_STEP_SECONDS};

static void
apply_override(RateMatch *match, const RateOverride *override)
{
	BillingTerms *terms = &match->row.terms;

	if (override->rate_micros != OVERRIDE_NONE)
	{
		terms->rate_micros = override->rate_micros;
		match->row.rate = override->rate;
		match->own_rate = true;
	}
	if (override->connection_fee_micros != OVERRIDE_NONE)
		terms->connection_fee_micros = override->connection_fee_micros;
	if (override->minimum_seconds != OVERRIDE_NONE)
		terms->minimum_seconds = override->minimum_seconds;
	if (override->increment_seconds != OVERRIDE_NONE)
		terms->increment_seconds = override->increment_seconds;
}

bool
rate_match(const E164 *number, const E164 *caller_id, RateMatch *match)
{
	int prefix_length;
	const RateOverride *override = rate_override_find(number, &prefix_length);
	bool rated = rate_cache_find(number, caller_id, &match->row, &match->deck_id);

	match->overridden = override != NULL;
	match->own_rate = false;
	if (override == NULL)
	{
		match->prefix_length = match->row.prefix_length;
		return rated;
	}
	if (!rated)
	{
		match->deck_id = 0;
		match->row.terms = rate_default_terms;
	}
	match->prefix_length = prefix_length;
	apply_override(match, override);
	return rated || match->own_rate;
}

/* Reads the row that the cache points to. False when it is gone. */
static bool
fetch_row(const E164 *number, const RateMatch *match, Rate *rate)
{
	text *prefix = cstring_to_text_with_len(number->digits, match->row.prefix_length);
	Snapshot snapshot = rate_tables_snapshot();
	ScanKeyData keys[3];
	RateScan row;
	bool found;

	ScanKeyInit(&keys[0], RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(match->deck_id));
	ScanKeyInit(&keys[1], RATE_PREFIX, BTEqualStrategyNumber, F_TEXTEQ, PointerGetDatum(prefix));
	ScanKeyInit(&keys[2], RATE_ORIGINATION, BTEqualStrategyNumber, F_TEXTEQ,
	            CStringGetTextDatum(match->row.origination));
	rate_scan_begin(&row, "rates", snapshot, lengthof(keys), keys);
	found = rate_scan_next(&row);
	if (found)
		fill_rate(rate, &row);
	rate_scan_end(&row);
	UnregisterSnapshot(snapshot);
	return found;
}

/* No row of the deck has a part in it: the numbering plan knows the country. */
void
rate_country_of(const E164 *number, Rate *rate)
{
	const CallingCode *code = calling_code_find(number->digits, number->length);

	memset(rate, 0, sizeof(*rate));
	if (code != NULL && code->iso_country[0] != '\0')
		rate->iso_country = pstrdup(code->iso_country);
}

static void
fill_match(Rate *rate, const E164 *number, const RateMatch *match)
{
	rate->price_source = match->overridden ? "override" : "deck";
	rate->deck_id = match->deck_id;
	rate->terms = match->row.terms;
	rate->prefix = pnstrdup(number->digits, match->prefix_length);
	if (match->deck_id != 0 && *match->row.origination != '\0')
		rate->origination = pstrdup(match->row.origination);
	if (match->own_rate)
		rate->rate_min_micros = rate->rate_max_micros = rate->terms.rate_micros;
}

bool
rate_find(const E164 *number, const E164 *caller_id, Rate *rate)
{
	RateMatch match;

	while (rate_match(number, caller_id, &match))
	{
		if (match.deck_id == 0)
			rate_country_of(number, rate);
		if (match.deck_id == 0 || fetch_row(number, &match, rate))
		{
			fill_match(rate, number, &match);
			return true;
		}
		/* Another session deleted it, and its message has not reached us yet. */
		rate_cache_distrust();
	}
	return false;
}
