/*
 * planted.c
 *		Errors on purpose: the sanitized run must end the backend at each, or it would find none in the extension either.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(planted);

static int32
overflow_stack(int32 index)
{
	volatile int32 numbers[4] = {1, 2, 3, 4};

	return numbers[index + 4];
}

static int32
overflow_palloc(int32 index)
{
	volatile char *bytes = palloc(5);

	bytes[5 + index] = 1;
	return bytes[0];
}

static int32
use_after_pfree(int32 index)
{
	volatile int32 *numbers = palloc0(sizeof(int32));

	pfree((void *) numbers);
	return numbers[index];
}

static int32
overflow_integer(int32 index)
{
	return PG_INT32_MAX + index + 1;
}

static int32
assert_false(int32 index)
{
	Assert(index != 0);
	return index;
}

/* planted(number of the error int) */
Datum
planted(PG_FUNCTION_ARGS)
{
	static int32 (*const errors[])(int32) = {overflow_stack, overflow_palloc, use_after_pfree,
	                                         overflow_integer, assert_false};

	PG_RETURN_INT32(errors[PG_GETARG_INT32(0)](0));
}
