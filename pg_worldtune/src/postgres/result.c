/*
 * result.c
 *		Arguments in, composite rows out. See result.h.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"

#include "postgres/result.h"

#define MAX_NAME_LENGTH 255

Datum
result_row(FunctionCallInfo fcinfo, int count, Datum *values, bool *nulls)
{
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE || descriptor->natts != count)
		elog(ERROR, "the function's declaration does not fit this library: its row has not %d columns",
		     count);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

void
result_add_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* The application's tables may have columns of other types than the functions answer. */
static void
check_types(TupleDesc found, TupleDesc declared)
{
	for (int i = 0; i < declared->natts; i++)
	{
		Form_pg_attribute from = TupleDescAttr(found, i);
		Form_pg_attribute to = TupleDescAttr(declared, i);

		if (from->atttypid != to->atttypid && !IsBinaryCoercible(from->atttypid, to->atttypid))
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
			                errmsg("column \"%s\" is of type %s, not %s", NameStr(from->attname),
			                       format_type_be(from->atttypid), format_type_be(to->atttypid))));
	}
}

void
result_add_rows(FunctionCallInfo fcinfo, int count)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum *values = palloc(count * sizeof(Datum));
	bool *nulls = palloc(count * sizeof(bool));

	if (SPI_tuptable->tupdesc->natts != count || set->setDesc->natts != count)
		elog(ERROR, "the function's declaration does not fit this library: its rows have not %d columns",
		     count);
	check_types(SPI_tuptable->tupdesc, set->setDesc);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		heap_deform_tuple(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, values, nulls);
		result_add_row(fcinfo, values, nulls);
	}
}

void
require_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name)));
}

int32
argument_between(FunctionCallInfo fcinfo, int argument, const char *name, int32 greatest)
{
	int32 value;

	require_argument(fcinfo, argument, name);
	value = PG_GETARG_INT32(argument);
	if (value < 1 || value > greatest)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s must be between 1 and %d, not %d", name, greatest, value)));
	return value;
}

char *
optional_cstring(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

void
require_words(const char *text, const char *message)
{
	if (text == NULL || strspn(text, " \t\r\n") == strlen(text))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message)));
}

char *
optional_name(FunctionCallInfo fcinfo, int argument, const char *name)
{
	char *value = optional_cstring(fcinfo, argument);

	if (value != NULL && (*value == '\0' || pg_mbstrlen(value) > MAX_NAME_LENGTH))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s must have 1 to %d characters", name, MAX_NAME_LENGTH)));
	return value;
}

void
result_set_text(Datum *values, bool *nulls, int column, const char *string)
{
	nulls[column] = string == NULL;
	values[column] = string == NULL ? (Datum) 0 : CStringGetTextDatum(string);
}
