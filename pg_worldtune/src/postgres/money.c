/*
 * money.c
 *		Credits between numeric and micro-credits. See money.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pure/billing.h"
#include "postgres/money.h"

#define MICRO_DIGITS 6
#define MAX_CREDITS INT64_C(9000000000000) /* in micro-credits just below the end of int64 */

/* A constant, made once a backend. */
static Datum
constant(Numeric *kept, int64 value)
{
	if (*kept == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		*kept = int64_to_numeric(value);
		MemoryContextSwitchTo(caller);
	}
	return NumericGetDatum(*kept);
}

/* NaN counts as greater than every number. */
static bool
is_within_limits(Datum credits)
{
	static Numeric most = NULL;
	static Numeric least = NULL;

	return !DatumGetBool(DirectFunctionCall2(numeric_gt, credits, constant(&most, MAX_CREDITS))) &&
	       !DatumGetBool(DirectFunctionCall2(numeric_lt, credits, constant(&least, -MAX_CREDITS)));
}

static Datum
scale_up(Numeric credits, const char *what)
{
	static Numeric micros_per_credit = NULL;

	if (!is_within_limits(NumericGetDatum(credits)))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
		                errmsg("%s must be an amount within " INT64_FORMAT " credits", what, MAX_CREDITS)));
	return DirectFunctionCall2(numeric_mul, NumericGetDatum(credits),
	                           constant(&micros_per_credit, BILLING_MICROS_PER_CREDIT));
}

int64
money_rounded_from_numeric(Numeric credits, const char *what)
{
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, scale_up(credits, what)));
}

int64
money_from_numeric(Numeric credits, const char *what)
{
	Datum scaled = scale_up(credits, what);
	int64 micros = DatumGetInt64(DirectFunctionCall1(numeric_int8, scaled));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, scaled, NumericGetDatum(int64_to_numeric(micros)))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s must have at most six decimals, not %s", what,
		                       DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(credits))))));
	return micros;
}

Numeric
money_to_numeric(int64 micros)
{
	return int64_div_fast_to_numeric(micros, MICRO_DIGITS);
}

char *
money_to_string(int64 micros)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, MicrosGetDatum(micros)));
}
