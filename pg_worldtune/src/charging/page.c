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
	Datum values[3];

	values[0] = UUIDPGetDatum(user_id);
	values[1] = TimestampTzGetDatum(from_newest ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(first_argument + 1));
	values[2] = Int32GetDatum(argument_between(fcinfo, first_argument, "page_size", MAX_PAGE_SIZE));

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_query(statement, values, NULL);
	result_add_rows(fcinfo, columns);
	SPI_finish();
}
