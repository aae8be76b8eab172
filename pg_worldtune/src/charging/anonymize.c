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

static Statement find_numbers = {
    .sql = "SELECT id FROM ONLY public.call_logs WHERE created_at < now() - $1"
           " AND phone_number <> worldtune.mask_number(phone_number)"
           " AND (authorized_at IS NULL OR ended_at IS NOT NULL)",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
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

/* What another session holds waits for the next time: two of these at once would meet in different orders. */
Datum
worldtune_anonymize_numbers(PG_FUNCTION_ARGS)
{
	Datum older_than;
	SPITupleTable *calls;
	uint64 found;
	int64 masked = 0;

	require_argument(fcinfo, 0, "older_than");
	older_than = PG_GETARG_DATUM(0);
	if (is_negative(DatumGetIntervalP(older_than)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("older_than must be an interval of 0 or more")));

	SPI_connect();
	found = statement_run(&find_numbers, &older_than, NULL);
	calls = SPI_tuptable;
	for (uint64 i = 0; i < found; i++)
	{
		bool isnull;
		Datum id = SPI_getbinval(calls->vals[i], calls->tupdesc, 1, &isnull);

		CHECK_FOR_INTERRUPTS();
		masked += call_mask_number(DatumGetUUIDP(id));
	}
	SPI_finish();
	PG_RETURN_INT64(masked);
}
