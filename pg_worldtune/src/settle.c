/*
 * settle.c
 *		What happens to a call after it was authorised: its status, and once, its bill.
 *
 * Lock order: the call's row, then the user's.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "account.h"
#include "call.h"
#include "money.h"
#include "result.h"

PG_FUNCTION_INFO_V1(worldtune_record_call_status);
PG_FUNCTION_INFO_V1(worldtune_abandon_call);

#define SETTLEMENT_COLUMNS 8

typedef struct Settlement
{
	Call call;
	bool changed;
	int64 balance_micros;
} Settlement;

/*
 * The caller never pays for a second that was not authorised: what Twilio lets run beyond timeLimit (tearing
 * a call down takes time) is the operator's.
 */
static void
bill(const Call *call, CallUpdate *update)
{
	int32 payable = Min(update->duration_seconds, call->max_seconds);

	update->billed_seconds = billing_billed_seconds(&call->terms, payable);
	update->used_micros = billing_cost_micros(&call->terms, payable);
}

/* Applies what an event means for the call; the row, the balance and the ledger change together. */
static void
settle(Settlement *settlement, CallStep step, CallUpdate *update)
{
	Call *call = &settlement->call;
	int64 held_micros = call->held_micros;
	LedgerEntry entry = {.kind = "call", .call_id = &call->id};

	if (step == CALL_KEEP)
		update->status = call->state.status;
	update->closes = step == CALL_CLOSE || step == CALL_BILL;
	update->bills = step == CALL_BILL;
	if (update->bills)
		bill(call, update);

	settlement->changed = call_update(call, update);
	if (update->closes && (held_micros != 0 || update->used_micros != 0))
		settlement->balance_micros =
		    account_change(&call->user_id, -update->used_micros, held_micros, &entry);
	else
		settlement->balance_micros = account_balance(&call->user_id);
}

static Datum
settlement_row(FunctionCallInfo fcinfo, Settlement *settlement)
{
	Call *call = &settlement->call;
	bool nulls[SETTLEMENT_COLUMNS] = {false};
	Datum values[] = {
	    UUIDPGetDatum(&call->id),
	    UUIDPGetDatum(&call->user_id),
	    CStringGetTextDatum(call_status_to_text(call->state.status)),
	    BoolGetDatum(settlement->changed),
	    BoolGetDatum(call->state.billed),
	    Int32GetDatum(call->billed_seconds),
	    MicrosGetDatum(call->used_micros),
	    MicrosGetDatum(settlement->balance_micros),
	};

	return result_row(fcinfo, SETTLEMENT_COLUMNS, values, nulls);
}

/* The event in the arguments of record_call_status. */
static void
read_event(FunctionCallInfo fcinfo, CallEvent *event, CallUpdate *update)
{
	char *status;

	require_argument(fcinfo, 1, "status");
	status = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!call_status_from_twilio(status, &event->status))
		ereport(
		    ERROR,
		    (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("call status \"%s\" is not recognized", status),
		     errhint(
		         "Use one of queued, initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled.")));

	event->has_duration = !PG_ARGISNULL(2);
	event->duration_seconds = event->has_duration ? PG_GETARG_INT32(2) : 0;
	if (event->duration_seconds < 0 || event->duration_seconds > BILLING_MAX_SECONDS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("duration_seconds must be between 0 and %d, not %d", (int) BILLING_MAX_SECONDS,
		                       event->duration_seconds)));

	*update = (CallUpdate){
	    .status = event->status,
	    .occurred_at = PG_ARGISNULL(4) ? GetCurrentTransactionStartTimestamp() : PG_GETARG_TIMESTAMPTZ(4),
	    .has_duration = event->has_duration,
	    .duration_seconds = event->duration_seconds,
	    .dial_call_sid = optional_cstring(fcinfo, 3),
	    .answered = event->status == CALL_IN_PROGRESS,
	};
	if (TIMESTAMP_NOT_FINITE(update->occurred_at))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("occurred_at must be a finite time")));
	if (update->dial_call_sid != NULL)
		call_check_sid(update->dial_call_sid, "dial_call_sid");
}

Datum
worldtune_record_call_status(PG_FUNCTION_ARGS)
{
	Settlement settlement = {0};
	Call *call = &settlement.call;
	CallEvent event;
	CallUpdate update;
	char *call_sid;

	require_argument(fcinfo, 0, "call_sid");
	call_sid = text_to_cstring(PG_GETARG_TEXT_PP(0));
	read_event(fcinfo, &event, &update);

	SPI_connect();
	if (!call_lock_by_sid(call_sid, call) ||
	    (!PG_ARGISNULL(5) && memcmp(&call->user_id, PG_GETARG_UUID_P(5), UUID_LEN) != 0))
		call_not_found(call_sid);
	if (call->state.status == CALL_REJECTED)
		settlement.balance_micros = account_balance(&call->user_id);
	else
		settle(&settlement, call_state_step(call->state, event), &update);
	SPI_finish();
	return settlement_row(fcinfo, &settlement);
}

Datum
worldtune_abandon_call(PG_FUNCTION_ARGS)
{
	Settlement settlement = {0};
	Call *call = &settlement.call;
	CallUpdate update = {.status = CALL_FAILED, .occurred_at = GetCurrentTransactionStartTimestamp()};
	pg_uuid_t *call_id;

	require_argument(fcinfo, 0, "call_id");
	require_argument(fcinfo, 1, "user_id");
	call_id = PG_GETARG_UUID_P(0);
	update.note = optional_cstring(fcinfo, 2);

	SPI_connect();
	if (!call_lock_by_id(call_id, call) || memcmp(&call->user_id, PG_GETARG_UUID_P(1), UUID_LEN) != 0)
		call_not_found(DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(call_id))));
	if (call->call_sid != NULL || call_status_is_final(call->state.status))
		settlement.balance_micros = account_balance(&call->user_id);
	else
		settle(&settlement, CALL_CLOSE, &update);
	SPI_finish();
	return settlement_row(fcinfo, &settlement);
}
