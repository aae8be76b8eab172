/*
 * money.c
 *		Credits between numeric and micro-credits. See money.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "billing.h"
#include "money.h"

#define MICRO_DIGITS 6
#define MAX_CREDITS INT64_C(9000000000000) /* in micro-credits just below the end of int64 */

int64
money_from_numeric(Numeric credits, const char *what)
{
	Datum magnitude = DirectFunctionCall1(numeric_abs, NumericGetDatum(credits));
	Datum limit = NumericGetDatum(int64_to_numeric(MAX_CREDITS));
	Datum scaled;
	Datum whole;

	/* NaN counts as greater than every number. */
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, magnitude, limit)))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
		                errmsg("%s must be an amount within " INT64_FORMAT " credits", what, MAX_CREDITS)));

	scaled = DirectFunctionCall2(numeric_mul, NumericGetDatum(credits),
	                             NumericGetDatum(int64_to_numeric(BILLING_MICROS_PER_CREDIT)));
	whole = DirectFunctionCall2(numeric_trunc, scaled, Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, scaled, whole)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s must have at most six decimals, not %s", what,
		                       DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(credits))))));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
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
