/*
 * call_events.c
 *		What the carrier says of a call: its callbacks, and its refusal to place one.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "charging/account.h"
#include "charging/live_event.h"
#include "postgres/errors.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "charging/refusal.h"
#include "charging/rules.h"
#include "charging/settle.h"

PG_FUNCTION_INFO_V1(worldtune_record_call_status);
PG_FUNCTION_INFO_V1(worldtune_abandon_call);

static Datum
settlement_row(FunctionCallInfo fcinfo, Settlement *settlement)
{
	Datum values[SETTLEMENT_COLUMNS];
	bool nulls[SETTLEMENT_COLUMNS];

	settlement_fill(settlement, values, nulls);
	return result_row(fcinfo, SETTLEMENT_COLUMNS, values, nulls);
}

/* The event in the arguments of record_call_status. */
static void
read_callback(FunctionCallInfo fcinfo, CallEvent *event, CallUpdate *update)
{
	require_argument(fcinfo, 1, "status");
	settle_read_event(text_to_cstring(PG_GETARG_TEXT_PP(1)), !PG_ARGISNULL(2),
	                  PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2), event, update);
	update->dial_call_sid = optional_cstring(fcinfo, 3);
	if (update->dial_call_sid != NULL)
		call_check_sid(update->dial_call_sid, "dial_call_sid");
	if (!PG_ARGISNULL(4))
		update->occurred_at = PG_GETARG_TIMESTAMPTZ(4);
	if (TIMESTAMP_NOT_FINITE(update->occurred_at))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("occurred_at must be a finite time")));
	/* By the carrier's clock, which may be ahead of ours. */
	update->occurred_at = Min(update->occurred_at, GetCurrentTimestamp());
}

/*
 * While the call lasts. What it holds itself is still the user's, as when it was authorised. The user's pages are
 * told once, when it is answered: then the user's row is locked.
 */
static void
warn_of_low_balance(const Call *call, bool just_answered)
{
	Account account;
	Rules rules;

	if (!account_read(&call->user_id, ROW_LATEST, &account))
		return;
	rules_read(&call->user_id, ROW_LATEST, &rules);
	account.held_micros -= call->held_micros;
	if (!account_is_low(&account, &rules))
		return;
	ereport(NOTICE, (errcode(ERRCODE_LOW_BALANCE),
	                 errmsg("the balance is low: %s credits are available for this call",
	                        money_to_string(account_available(&account)))));
	if (just_answered)
		live_event_low(call, &account);
}

/* A refused call that was only counted is answered for, too. */
static void
lock_call(const char *call_sid, const pg_uuid_t *user_id, Call *call)
{
	if (!call_lock_known_sid(call_sid, user_id, call) &&
	    (user_id == NULL || !refusal_lock_counted(user_id, call)))
		call_not_found(call_sid);
}

Datum
worldtune_record_call_status(PG_FUNCTION_ARGS)
{
	Settlement settlement = {0};
	Call *call = &settlement.call;
	CallStatus before;
	CallEvent event;
	CallUpdate update;

	require_argument(fcinfo, 0, "call_sid");
	read_callback(fcinfo, &event, &update);

	lock_call(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(5) ? NULL : PG_GETARG_UUID_P(5), call);
	before = call->state.status;
	if (before == CALL_REJECTED)
		settle_nothing(&settlement);
	else
		settle_event(&settlement, event, &update);
	if (settlement.changed && !call_status_is_final(call->state.status))
		warn_of_low_balance(call, call->state.status == CALL_IN_PROGRESS && before != CALL_IN_PROGRESS);
	call_close(call);
	return settlement_row(fcinfo, &settlement);
}

Datum
worldtune_abandon_call(PG_FUNCTION_ARGS)
{
	Settlement settlement = {0};
	Call *call = &settlement.call;
	CallUpdate update = {.status = CALL_FAILED, .occurred_at = GetCurrentTransactionStartTimestamp()};

	require_argument(fcinfo, 0, "call_id");
	require_argument(fcinfo, 1, "user_id");
	update.note = optional_cstring(fcinfo, 2);

	call_lock_by_id(PG_GETARG_UUID_P(0), PG_GETARG_UUID_P(1), call);
	if (call->call_sid != NULL || call_status_is_final(call->state.status))
		settle_nothing(&settlement);
	else
		settle_step(&settlement, CALL_CLOSE, &update);
	call_close(call);
	return settlement_row(fcinfo, &settlement);
}
