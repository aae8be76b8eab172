/*
 * anonymize.c
 *		Numbers of calls long over, masked for good.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "charging/call.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_anonymize_numbers);

#define ROWS_AT_ONCE 1000
#define NUMBER_OF(constant) #constant
#define LIMIT_OF(constant) NUMBER_OF(constant)

/* By id and not by a cursor: triggers of the application, which run for each row, could put another in its place. */
static Statement find_numbers = {
    .sql = "SELECT id FROM ONLY public.call_logs WHERE id >= $2 AND created_at < now() - $1"
           " AND phone_number <> worldtune.mask_number(phone_number)"
           " AND (authorized_at IS NULL OR ended_at IS NOT NULL)"
           " ORDER BY id LIMIT " LIMIT_OF(ROWS_AT_ONCE),
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {INTERVALOID, UUIDOID},
};

/* Recordings and transcripts of those calls tell as much as their numbers. */
static Statement expire_media = {
    .sql = "SELECT worldtune_internal.expire_media($1)",
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {INTERVALOID},
};

static bool
is_negative(const Interval *interval)
{
	static const Interval zero = {0};

	return DatumGetInt32(
	           DirectFunctionCall2(interval_cmp, IntervalPGetDatum(interval), IntervalPGetDatum(&zero))) < 0;
}

/* Masks the next calls from this id on, moves it to the last of them and adds to the count; false after the last. */
static bool
mask_next(Datum older_than, pg_uuid_t *from, MemoryContext row_memory, int64 *masked)
{
	Datum values[] = {older_than, UUIDPGetDatum(from)};
	pg_uuid_t begun_at = *from;
	uint64 count = statement_run(&find_numbers, values, NULL);
	SPITupleTable *calls = SPI_tuptable;

	for (uint64 i = 0; i < count; i++)
	{
		bool isnull;
		Datum id = SPI_getbinval(calls->vals[i], calls->tupdesc, 1, &isnull);
		MemoryContext caller = MemoryContextSwitchTo(row_memory);

		CHECK_FOR_INTERRUPTS();
		*from = *DatumGetUUIDP(id);
		*masked += call_mask_number(from);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row_memory);
	}
	SPI_freetuptable(calls);
	return count == ROWS_AT_ONCE && memcmp(from, &begun_at, sizeof(begun_at)) != 0;
}

/* What another session holds waits for the next time: two of these at once would meet in different orders. */
Datum
worldtune_anonymize_numbers(PG_FUNCTION_ARGS)
{
	Datum older_than;
	MemoryContext row_memory;
	pg_uuid_t from = {{0}};
	int64 masked = 0;

	require_argument(fcinfo, 0, "older_than");
	older_than = PG_GETARG_DATUM(0);
	if (is_negative(DatumGetIntervalP(older_than)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("older_than must be an interval of 0 or more")));

	SPI_connect();
	row_memory = AllocSetContextCreate(CurrentMemoryContext, "pg_worldtune masking", ALLOCSET_DEFAULT_SIZES);
	while (mask_next(older_than, &from, row_memory, &masked))
		;
	statement_run(&expire_media, &older_than, NULL);
	SPI_finish();
	PG_RETURN_INT64(masked);
}
