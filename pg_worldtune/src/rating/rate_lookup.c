/*
 * rate_lookup.c
 *		The SQL functions that look up a rate.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "postgres/e164_text.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "rating/rate.h"

PG_FUNCTION_INFO_V1(worldtune_lookup_rate);
PG_FUNCTION_INFO_V1(worldtune_rate_per_minute);
PG_FUNCTION_INFO_V1(worldtune_call_cost);
PG_FUNCTION_INFO_V1(worldtune_format_rate);

/* Columns of worldtune.rate_quote. */
enum
{
	QUOTE_NUMBER,
	QUOTE_COUNTRY,
	QUOTE_ISO_COUNTRY,
	QUOTE_CONTINENT,
	QUOTE_PREFIX,
	QUOTE_DESCRIPTION,
	QUOTE_RATE,
	QUOTE_RATE_MIN,
	QUOTE_RATE_MAX,
	QUOTE_CONNECTION_FEE,
	QUOTE_MINIMUM_SECONDS,
	QUOTE_INCREMENT_SECONDS,
	QUOTE_DECK_ID,
	QUOTE_COLUMNS
};

static void
put_quote(FunctionCallInfo fcinfo, const E164 *number, const Rate *rate)
{
	Datum values[QUOTE_COLUMNS] = {0};
	bool nulls[QUOTE_COLUMNS] = {0};

	values[QUOTE_NUMBER] = PointerGetDatum(e164_to_text(number));
	result_set_text(values, nulls, QUOTE_COUNTRY, rate->country);
	result_set_text(values, nulls, QUOTE_ISO_COUNTRY, rate->iso_country);
	result_set_text(values, nulls, QUOTE_CONTINENT, rate->continent);
	result_set_text(values, nulls, QUOTE_PREFIX, rate->prefix);
	result_set_text(values, nulls, QUOTE_DESCRIPTION, rate->description);
	values[QUOTE_RATE] = MicrosGetDatum(rate->terms.rate_micros);
	values[QUOTE_RATE_MIN] = MicrosGetDatum(rate->rate_min_micros);
	values[QUOTE_RATE_MAX] = MicrosGetDatum(rate->rate_max_micros);
	values[QUOTE_CONNECTION_FEE] = MicrosGetDatum(rate->terms.connection_fee_micros);
	values[QUOTE_MINIMUM_SECONDS] = Int32GetDatum(rate->terms.minimum_seconds);
	values[QUOTE_INCREMENT_SECONDS] = Int32GetDatum(rate->terms.increment_seconds);
	values[QUOTE_DECK_ID] = Int64GetDatum(rate->deck_id);
	nulls[QUOTE_DECK_ID] = rate->deck_id == 0;
	result_add_row(fcinfo, values, nulls);
}

Datum
worldtune_lookup_rate(PG_FUNCTION_ARGS)
{
	E164 number;
	E164 caller_id;
	Rate rate;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	e164_from_text(PG_GETARG_TEXT_PP(0), &number);
	if (!PG_ARGISNULL(1))
		e164_from_text(PG_GETARG_TEXT_PP(1), &caller_id);
	if (rate_find(&number, PG_ARGISNULL(1) ? NULL : &caller_id, &rate))
		put_quote(fcinfo, &number, &rate);
	return (Datum) 0;
}

/* What the number costs for any caller ID; false when no rate covers it. */
static bool
match_number(text *input, RateMatch *match)
{
	E164 number;

	e164_from_text(input, &number);
	return rate_match(&number, NULL, match);
}

Datum
worldtune_rate_per_minute(PG_FUNCTION_ARGS)
{
	RateMatch match;

	if (!match_number(PG_GETARG_TEXT_PP(0), &match))
		PG_RETURN_NULL();
	return small_numeric_datum(&match.row.rate);
}

Datum
worldtune_call_cost(PG_FUNCTION_ARGS)
{
	int32 seconds = PG_GETARG_INT32(1);
	RateMatch match;

	if (seconds < 0 || seconds > BILLING_MAX_SECONDS)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a call cannot last %d seconds", seconds),
		         errdetail("Expected 0 to " INT64_FORMAT ".", BILLING_MAX_SECONDS)));
	if (!match_number(PG_GETARG_TEXT_PP(0), &match))
		PG_RETURN_NULL();
	return MicrosGetDatum(billing_cost_micros(&match.row.terms, seconds));
}

/* Prices are written with cents at least: $1.00, but $0.014. */
static char *
price_text(Numeric amount)
{
	Datum trimmed = DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(amount));
	int32 scale = DatumGetInt32(DirectFunctionCall1(numeric_scale, trimmed));

	return DatumGetCString(DirectFunctionCall1(
	    numeric_out, DirectFunctionCall2(numeric_round, trimmed, Int32GetDatum(Max(scale, 2)))));
}

Datum
worldtune_format_rate(PG_FUNCTION_ARGS)
{
	Numeric rate = PG_GETARG_NUMERIC(0);
	char *price;

	if (numeric_is_nan(rate) || numeric_is_inf(rate))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("rate must be a finite amount")));
	price = price_text(rate);
	PG_RETURN_TEXT_P(
	    cstring_to_text(*price == '-' ? psprintf("-$%s/min", price + 1) : psprintf("$%s/min", price)));
}
