/*
 * nothing.c
 *		A function that reads its text and does nothing: what any C function of a number costs a row.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(bench_nothing);

Datum
bench_nothing(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)));
}
