/*
 * call_history.c
 *		A user's own calls, as rows of worldtune.call_record.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "charging/call.h"
#include "charging/page.h"
#include "postgres/claims.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_user_call_history);
PG_FUNCTION_INFO_V1(worldtune_call_history);
PG_FUNCTION_INFO_V1(worldtune_find_call);

#define RECORD_COLUMNS 21

/* A line an utterance. */
#define TRANSCRIPT                                                                                           \
	"(SELECT string_agg(t.speaker || ': ' || t.spoken, E'\\n' ORDER BY t.transcription_sid, t.sequence_id)"  \
	" FROM worldtune.transcripts t WHERE t.call_id = c.id AND t.expires_at > now())"

#define SELECT_RECORD                                                                                               \
	"SELECT id, call_sid::text, status::text, phone_number::text, country::text, iso_country::text, rate::numeric," \
	" connection_fee::numeric, minimum_seconds::int, increment_seconds::int,"                                       \
	" created_at::timestamptz, answered_at::timestamptz, ended_at::timestamptz, duration_seconds::int,"             \
	" billed_seconds::int, duration_minutes::numeric, credits_used::numeric, reject_reason::text,"                  \
	" credits_refunded::numeric, EXISTS (SELECT FROM worldtune.recordings r WHERE r.call_id = c.id"                 \
	" AND r.status = 'completed' AND r.expires_at > now()), " TRANSCRIPT                                            \
	" FROM ONLY public.call_logs c WHERE user_id = $1"

static Statement newest_calls = {
    .sql = "SELECT * FROM (" SELECT_RECORD
           " AND created_at < $2 ORDER BY created_at DESC FETCH FIRST $3 ROWS WITH TIES) page"
           " ORDER BY created_at DESC, id",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 3,
    .argtypes = {UUIDOID, TIMESTAMPTZOID, INT4OID},
};

static Statement call_of_user = {
    .sql = SELECT_RECORD " AND call_sid = $2 AND authorized_at IS NOT NULL",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

Datum
worldtune_user_call_history(PG_FUNCTION_ARGS)
{
	require_argument(fcinfo, 0, "user_id");
	page_of_user(fcinfo, &newest_calls, PG_GETARG_UUID_P(0), 1, RECORD_COLUMNS);
	return (Datum) 0;
}

Datum
worldtune_call_history(PG_FUNCTION_ARGS)
{
	pg_uuid_t user_id;

	claims_require_user_id(&user_id);
	page_of_user(fcinfo, &newest_calls, &user_id, 0, RECORD_COLUMNS);
	return (Datum) 0;
}

Datum
worldtune_find_call(PG_FUNCTION_ARGS)
{
	Datum values[2];
	HeapTuple row;
	Datum columns[RECORD_COLUMNS];
	bool nulls[RECORD_COLUMNS];

	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "call_sid");
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);

	SPI_connect();
	if (statement_query(&call_of_user, values, NULL) == 0)
		call_not_found(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	row = SPI_copytuple(SPI_tuptable->vals[0]);
	heap_deform_tuple(row, SPI_tuptable->tupdesc, columns, nulls);
	SPI_finish();
	return result_row(fcinfo, RECORD_COLUMNS, columns, nulls);
}
