/*
 * page.c
 *		Pages of what belongs to a user. See page.h.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/timestamp.h"

#include "charging/page.h"
#include "postgres/result.h"

#define MAX_PAGE_SIZE 1000

void
page_of_user(FunctionCallInfo fcinfo, Statement *statement, const pg_uuid_t *user_id, int first_argument,
             int columns)
{
	bool from_newest = PG_ARGISNULL(first_argument + 1);
	int page_size;
	Datum values[3];

	require_argument(fcinfo, first_argument, "page_size");
	page_size = PG_GETARG_INT32(first_argument);
	if (page_size < 1 || page_size > MAX_PAGE_SIZE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("page_size must be between 1 and %d, not %d", MAX_PAGE_SIZE, page_size)));
	values[0] = UUIDPGetDatum(user_id);
	values[1] = TimestampTzGetDatum(from_newest ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(first_argument + 1));
	values[2] = Int32GetDatum(page_size);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_query(statement, values, NULL);
	result_add_rows(fcinfo, columns);
	SPI_finish();
}
