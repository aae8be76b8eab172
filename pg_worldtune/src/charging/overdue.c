/*
 * overdue.c
 *		Calls that should be over: found for the relay to end and reconcile, or expired when they never came
 *		to life.
 *
 * Rows that another session holds are skipped: it is dealing with them, and what it leaves is found the next
 * time.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "postgres/result.h"
#include "charging/settle.h"
#include "postgres/statement.h"
#include "postgres/subtransaction.h"

PG_FUNCTION_INFO_V1(worldtune_overdue_calls);
PG_FUNCTION_INFO_V1(worldtune_expire_holds);

#define MAX_CALLS 1000
#define MAX_CLAIM_SECONDS 3600
#define OVERDUE_COLUMNS 7

/*
 * What holds.due_at says, plus grace. A call that the carrier never named (no SID) cannot be asked about:
 * expire_holds() deals with it. Calls past their limit cost most, so they come first; then those of suspended
 * users.
 */
static Statement claim_overdue = {
    .sql =
        "WITH found AS (SELECT h.call_id, c.user_id, c.call_sid, c.dial_call_sid, c.status, d.since, d.why"
        " FROM worldtune_internal.holds h JOIN ONLY public.call_logs c ON c.id = h.call_id"
        " LEFT JOIN worldtune.user_limits l ON l.user_id = c.user_id, worldtune.settings s,"
        " LATERAL (SELECT h.due_at + s.overdue_grace_seconds * interval '1 second' AS due) x,"
        " LATERAL (SELECT x.due < now() AS is_due) y,"
        " LATERAL (SELECT CASE WHEN is_due THEN due ELSE l.suspended_at END AS since,"
        " CASE WHEN NOT is_due THEN 'suspended' WHEN c.answered_at IS NOT NULL THEN 'past_limit'"
        " ELSE 'no_final_status' END AS why) d"
        " WHERE (is_due OR l.suspended_at IS NOT NULL) AND c.call_sid IS NOT NULL AND c.user_id IS NOT NULL"
        " AND (h.claimed_until IS NULL OR h.claimed_until < now())"
        " ORDER BY array_position('{past_limit,suspended,no_final_status}', d.why), d.since LIMIT $1"
        " FOR UPDATE OF h SKIP LOCKED),"
        " claimed AS (UPDATE worldtune_internal.holds h SET claimed_until = now() + $2 * interval '1 second'"
        " FROM found WHERE h.call_id = found.call_id RETURNING h.call_id)"
        " SELECT call_id, user_id, call_sid::text, dial_call_sid::text, status::text, why,"
        " least(2147483647, extract(epoch FROM now() - since))::int FROM found JOIN claimed USING (call_id)"
        " ORDER BY array_position('{past_limit,suspended,no_final_status}', why), since",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {INT4OID, INT4OID},
};

/*
 * Of a call without a SID nobody will ever hear. Its hold is locked after its row, like everywhere; and its user's
 * row then, in the order of the users: so two that expire never wait for each other.
 */
static Statement find_lifeless = {
    .sql =
        "SELECT id FROM (SELECT c.id, c.user_id FROM worldtune_internal.holds h JOIN ONLY public.call_logs c ON c.id = h.call_id"
        " WHERE h.due_at < now() AND c.call_sid IS NULL AND c.status = 'queued' AND c.user_id IS NOT NULL"
        " ORDER BY h.due_at LIMIT $1) lifeless ORDER BY user_id",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 1,
    .argtypes = {INT4OID},
};

Datum
worldtune_overdue_calls(PG_FUNCTION_ARGS)
{
	Datum values[2];

	values[0] = Int32GetDatum(argument_between(fcinfo, 0, "max_calls", MAX_CALLS));
	values[1] = Int32GetDatum(argument_between(fcinfo, 1, "claim_seconds", MAX_CLAIM_SECONDS));

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_run(&claim_overdue, values, NULL);
	result_add_rows(fcinfo, OVERDUE_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}

/* False when the carrier has named the call meanwhile, or another session is at it, or at its user: whoever sits on
 * a row of his own keeps nobody else's holds. */
static bool
expire(const pg_uuid_t *id)
{
	CallUpdate update = {.status = CALL_FAILED,
	                     .occurred_at = GetCurrentTransactionStartTimestamp(),
	                     .note = "nothing was heard of it: the hold expired"};
	Settlement settlement = {0};
	bool is_lifeless;

	if (!call_try_lock_by_id(id, &settlement.call))
		return false;
	is_lifeless = settlement.call.call_sid == NULL && settlement.call.state.status == CALL_QUEUED &&
	              !account_is_busy(&settlement.call.user_id);
	if (is_lifeless)
		settle_step(&settlement, CALL_CLOSE, &update);
	call_close(&settlement.call);
	return is_lifeless;
}

/* What ends the whole transaction, whatever we do: it was cancelled, or is to be retried. */
static bool
is_fatal(const ErrorData *error)
{
	int category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED) ||
	       category == ERRCODE_TO_CATEGORY(ERRCODE_T_R_SERIALIZATION_FAILURE);
}

typedef struct Expiry
{
	const pg_uuid_t *call_id;
	bool expired;
} Expiry;

static void
expire_one(void *argument)
{
	Expiry *expiry = argument;

	expiry->expired = expire(expiry->call_id);
}

/* Whether it expired. One that cannot does not keep the others' holds: a warning tells of it. */
static bool
try_to_expire(const pg_uuid_t *id)
{
	Expiry expiry = {.call_id = id};
	ErrorData *error = subtransaction_run(expire_one, &expiry, SUBTRANSACTION_KEEP);

	if (error != NULL && is_fatal(error))
		ReThrowError(error);
	if (error != NULL)
		ereport(WARNING,
		        (errcode(error->sqlerrcode),
		         errmsg("the hold of call %s could not be expired: %s",
		                DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id))), error->message)));
	return error == NULL && expiry.expired;
}

Datum
worldtune_expire_holds(PG_FUNCTION_ARGS pg_attribute_unused())
{
	Datum values[] = {Int32GetDatum(MAX_CALLS)};
	SPITupleTable *lifeless;
	uint64 found;
	int32 expired = 0;

	SPI_connect();
	found = statement_run(&find_lifeless, values, NULL);
	lifeless = SPI_tuptable;
	for (uint64 i = 0; i < found; i++)
	{
		bool isnull;
		Datum id = SPI_getbinval(lifeless->vals[i], lifeless->tupdesc, 1, &isnull);

		if (try_to_expire(DatumGetUUIDP(id)))
			expired++;
	}
	SPI_finish();
	PG_RETURN_INT32(expired);
}
