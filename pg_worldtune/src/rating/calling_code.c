/*
 * calling_code.c
 *		Which country a number belongs to. See calling_code.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "postgres/e164_text.h"
#include "rating/calling_code.h"
#include "rating/prefix_table.h"
#include "rating/rate.h"

PG_FUNCTION_INFO_V1(worldtune_calling_code);

static void
copy_text(const RateScan *row, int column, char *target, Size size)
{
	if (!row->nulls[column - 1])
		text_to_cstring_buffer(DatumGetTextPP(RATE_SCAN_VALUE(row, column)), target, size);
}

static void
read_code(const RateScan *row, void *entry)
{
	CallingCode *code = entry;

	copy_text(row, CALLING_CODE_CALLING_CODE, code->code, sizeof(code->code));
	copy_text(row, CALLING_CODE_ISO_COUNTRY, code->iso_country, sizeof(code->iso_country));
}

/* Local data */
static PrefixTable codes = {
    .name = "calling_codes",
    .entry_size = sizeof(CallingCode),
    .read = read_code,
};

const CallingCode *
calling_code_find(const char *digits, int length)
{
	return prefix_table_find(&codes, digits, length, NULL);
}

Datum
worldtune_calling_code(PG_FUNCTION_ARGS)
{
	const CallingCode *code;
	E164 number;

	e164_from_text(PG_GETARG_TEXT_PP(0), &number);
	code = calling_code_find(number.digits, number.length);
	if (code == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("+%s", code->code)));
}
