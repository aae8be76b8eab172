/*
 * refusal.c
 *		Refused calls, counted instead of logged when they are too many. See refusal.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "charging/refusal.h"
#include "postgres/statement.h"

#define MAX_ROWS_AN_HOUR 60

/* Of the user's refusals: one of the same, else the newest when there are enough. */
static Statement find_refusal = {
    .sql =
        "SELECT id FROM (SELECT id, created_at, $4 AND phone_number = $2 AND reject_reason = $3 AS is_same,"
        " count(*) OVER () AS refusals FROM ONLY public.call_logs"
        " WHERE user_id = $1 AND created_at > now() - interval '1 hour'"
        " AND status = 'rejected' AND authorized_at IS NOT NULL) r"
        " WHERE is_same OR refusals >= $5 ORDER BY is_same DESC, created_at DESC, id DESC LIMIT 1",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 5,
    .argtypes = {UUIDOID, TEXTOID, TEXTOID, BOOLOID, INT4OID},
};

/* The carrier tells of a refused call within minutes. */
static Statement find_counted = {
    .sql = "SELECT id FROM (SELECT id, created_at, count(*) OVER () AS refusals FROM ONLY public.call_logs"
           " WHERE user_id = $1 AND created_at > now() - interval '1 hour 5 minutes'"
           " AND status = 'rejected' AND authorized_at IS NOT NULL) r"
           " WHERE refusals >= $2 AND NOT EXISTS (SELECT FROM ONLY public.call_logs"
           " WHERE user_id = $1 AND authorized_at IS NOT NULL AND ended_at IS NULL AND call_sid IS NULL)"
           " ORDER BY created_at DESC, id DESC LIMIT 1",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {UUIDOID, INT4OID},
};

bool
refusal_lock_counted(const pg_uuid_t *user_id, Call *call)
{
	Datum values[] = {UUIDPGetDatum(user_id), Int32GetDatum(MAX_ROWS_AN_HOUR)};
	pg_uuid_t id;
	bool found;

	SPI_connect();
	found = statement_run(&find_counted, values, NULL) > 0;
	if (found)
		id = *DatumGetUUIDP(statement_value_not_null(1));
	SPI_finish();
	if (found)
		call_lock_by_id(&id, user_id, call);
	return found;
}

bool
refusal_is_counted(const NewCall *new, const Decision *decision, Call *call)
{
	Datum values[] = {
	    UUIDPGetDatum(new->user_id),
	    CStringGetTextDatum(new->stored_number),
	    CStringGetTextDatum(decision->reason),
	    BoolGetDatum(new->call_sid == NULL &&new->idempotency_key == NULL),
	    Int32GetDatum(MAX_ROWS_AN_HOUR),
	};
	pg_uuid_t id;
	bool found;

	SPI_connect();
	found = statement_run(&find_refusal, values, NULL) > 0;
	if (found)
		id = *DatumGetUUIDP(statement_value_not_null(1));
	SPI_finish();
	return found && call_count_refusal(&id, new, decision, call);
}
