/*
 * e164_text.c
 *		Telephone numbers between SQL's text and E.164 digits. See e164_text.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "postgres/e164_text.h"

#define SHOWN_BYTES_MAX 60 /* of a text that is no number, in the error message */

PG_FUNCTION_INFO_V1(worldtune_e164);

/* The problem quotes the text it was given, which is UTF-8. */
static void
report_no_number(text *input, const char *problem)
{
	const char *shown = VARDATA_ANY(input);
	int length = pg_mbcliplen(shown, VARSIZE_ANY_EXHDR(input), SHOWN_BYTES_MAX);
	char *reason = pg_any_to_server(problem, strlen(problem), PG_UTF8);

	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
	                errmsg("\"%.*s\" is not a telephone number: it %s", length, shown, reason),
	                errhint("Write it with its country code, like +44 20 7946 0958.")));
}

void
e164_from_text(text *input, E164 *number)
{
	const char *own = VARDATA_ANY(input);
	int length = VARSIZE_ANY_EXHDR(input);
	const char *utf8 = pg_server_to_any(own, length, PG_UTF8);
	char problem[E164_PROBLEM_SIZE];

	if (!e164_normalize(utf8, utf8 == own ? (size_t) length : strlen(utf8), number, problem))
		report_no_number(input, problem);
}

text *
e164_to_text(const E164 *number)
{
	text *result = palloc(VARHDRSZ + 1 + number->length);

	SET_VARSIZE(result, VARHDRSZ + 1 + number->length);
	*VARDATA(result) = '+';
	memcpy(VARDATA(result) + 1, number->digits, number->length);
	return result;
}

Datum
worldtune_e164(PG_FUNCTION_ARGS)
{
	E164 number;

	e164_from_text(PG_GETARG_TEXT_PP(0), &number);
	PG_RETURN_TEXT_P(e164_to_text(&number));
}
