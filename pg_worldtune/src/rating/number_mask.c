/*
 * number_mask.c
 *		Telephone numbers made unreadable for people, and yet telling where the call went. See number_mask.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "rating/calling_code.h"
#include "postgres/compat.h"
#include "rating/number_mask.h"

PG_FUNCTION_INFO_V1(worldtune_mask_number);

#define SHOWN_AT_START 4
#define SHOWN_AT_END 2
#define MASKED_AT_LEAST 4
#define GROUP_LENGTH 4
#define MASK "\u2022"  /* a bullet */
#define MASK_ASCII "*" /* where the database is not in UTF-8 */

/* Which digits of the national part stay: the area, and enough of the end to tell one's own calls apart. */
static bool
is_shown(int position, int length)
{
	int start = Min(SHOWN_AT_START, Max(length - SHOWN_AT_END - MASKED_AT_LEAST, 0));

	return position < start || position >= length - SHOWN_AT_END;
}

static void
append_national(StringInfo out, const char *digits, int length)
{
	const char *mask = GetDatabaseEncoding() == PG_UTF8 ? MASK : MASK_ASCII;

	for (int i = 0; i < length; i++)
	{
		if (i > 0 && (length - i) % GROUP_LENGTH == 0)
			appendStringInfoChar(out, ' ');
		if (is_shown(i, length))
			appendStringInfoChar(out, digits[i]);
		else
			appendStringInfoString(out, mask);
	}
}

char *
number_mask(const E164 *number)
{
	const CallingCode *country = calling_code_find(number->digits, number->length);
	int code_length = country != NULL ? strlen(country->code) : 1;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "+%.*s ", code_length, number->digits);
	append_national(&out, number->digits + code_length, number->length - code_length);
	return out.data;
}

const char *
number_mask_text(const char *text)
{
	E164 number;
	char problem[E164_PROBLEM_SIZE];

	return e164_normalize(text, strlen(text), &number, problem) ? number_mask(&number) : text;
}

/* mask_number(text) returns text. What is no number (a masked one, say) comes back as it is. */
Datum
worldtune_mask_number(PG_FUNCTION_ARGS)
{
	text *input = PG_GETARG_TEXT_PP(0);
	E164 number;
	char problem[E164_PROBLEM_SIZE];

	if (!e164_normalize(VARDATA_ANY(input), VARSIZE_ANY_EXHDR(input), &number, problem))
		PG_RETURN_TEXT_P(input);
	PG_RETURN_TEXT_P(cstring_to_text(number_mask(&number)));
}
