/*
 * money.c
 *		Credits between numeric and micro-credits. See money.h.
 */
#include "postgres.h"

#include <ctype.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "pure/billing.h"
#include "postgres/money.h"

#define MICRO_DIGITS 6
#define MAX_CREDITS INT64_C(4000000000000) /* the sum of two, in micro-credits, is an int64 still */

/* What is no digit stands for a zero that is not written. */
static int64
append_digit(int64 number, char digit)
{
	return number * 10 + (isdigit((unsigned char) digit) ? digit - '0' : 0);
}

/* By the text, which numeric makes sooner than it multiplies and compares. *rest: what goes beyond six decimals. */
static int64
read_micros(const char *text, const char *what, const char **rest)
{
	bool negative = *text == '-';
	const char *digit = text + negative;
	bool is_number = isdigit((unsigned char) *digit);
	int64 micros = 0;

	while (isdigit((unsigned char) *digit) && micros <= MAX_CREDITS)
		micros = append_digit(micros, *digit++);
	if (!is_number || micros > MAX_CREDITS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
		                errmsg("%s must be an amount within " INT64_FORMAT " credits", what, MAX_CREDITS)));
	if (*digit == '.')
		digit++;
	for (int i = 0; i < MICRO_DIGITS; i++)
	{
		micros = append_digit(micros, *digit);
		if (*digit != '\0')
			digit++;
	}
	*rest = digit;
	return negative ? -micros : micros;
}

static char *
text_of(Numeric credits)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(credits)));
}

int64
money_rounded_from_numeric(Numeric credits, const char *what)
{
	char *text = text_of(credits);
	const char *rest;
	int64 micros = read_micros(text, what, &rest);

	if (*rest >= '5')
		micros += *text == '-' ? -1 : 1;
	pfree(text);
	return micros;
}

int64
money_from_numeric(Numeric credits, const char *what)
{
	char *text = text_of(credits);
	const char *rest;
	int64 micros = read_micros(text, what, &rest);

	if (rest[strspn(rest, "0")] != '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s must have at most six decimals, not %s", what, text)));
	pfree(text);
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
