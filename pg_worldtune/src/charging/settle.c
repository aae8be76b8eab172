/*
 * settle.c
 *		Bringing a call's row, the balance and the ledger in line with an event. See settle.h.
 *
 * Lock order: the call's row, then the user's.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "charging/account.h"
#include "charging/live_event.h"
#include "postgres/money.h"
#include "charging/settle.h"

static void
price_call(const Call *call, CallUpdate *update)
{
	update->used_micros = billing_charge_micros(&call->terms, update->duration_seconds, call->max_seconds,
	                                            &update->billed_seconds);
}

/* What was refunded already is not given back again: together that never exceeds the charge. */
static void
correct(const Call *call, CallUpdate *update, LedgerEntry *entry)
{
	price_call(call, update);
	update->used_micros = Max(update->used_micros, call->refunded_micros);
	entry->kind = "adjustment";
	entry->note = psprintf("%d s had been reported, then %d s: %s becomes %s", call->state.duration_seconds,
	                       update->duration_seconds, money_to_string(call->used_micros),
	                       money_to_string(update->used_micros));
	update->note = entry->note;
}

/* The call's status is another one: its user's pages are told. */
static void
settle_and_tell(Settlement *settlement)
{
	Account account;

	settlement->has_user = account_lock(&settlement->call.user_id, &account);
	if (!settlement->has_user)
		return;
	settlement->balance_micros = account.balance_micros;
	live_event_call(&settlement->call, &account);
}

void
settle_nothing(Settlement *settlement)
{
	Account account;

	settlement->has_user = account_read(&settlement->call.user_id, ROW_LATEST, &account);
	settlement->balance_micros = settlement->has_user ? account.balance_micros : 0;
}

/* Of a user who was deleted meanwhile, the books know what the call cost, and nobody pays it. */
static void
book(Settlement *settlement, int64 delta_micros, const LedgerEntry *entry)
{
	const pg_uuid_t *user_id = &settlement->call.user_id;

	settlement->has_user = account_try_change(user_id, delta_micros, entry, &settlement->balance_micros);
	if (!settlement->has_user)
		ledger_write_off(user_id, delta_micros, entry);
}

void
settle_step(Settlement *settlement, CallStep step, CallUpdate *update)
{
	Call *call = &settlement->call;
	CallStatus status = call->state.status;
	int64 used_micros = call->used_micros;
	LedgerEntry entry = {.kind = "call", .actor = claims_actor(), .call_id = &call->id};

	if (step == CALL_KEEP)
		update->status = call->state.status;
	update->closes = step == CALL_CLOSE || step == CALL_BILL;
	update->charges = step == CALL_BILL || step == CALL_CORRECT;
	if (step == CALL_BILL)
		price_call(call, update);
	else if (step == CALL_CORRECT)
		correct(call, update, &entry);

	settlement->changed = call_update(call, update);
	if (call->used_micros != used_micros)
	{
		entry.ended = update->closes ? call : NULL;
		book(settlement, used_micros - call->used_micros, &entry);
	}
	else if (update->closes || call->state.status != status)
		settle_and_tell(settlement);
	else
		settle_nothing(settlement);
}

void
settle_event(Settlement *settlement, CallEvent event, CallUpdate *update)
{
	Call *call = &settlement->call;

	event.of_dialled_leg = update->dial_call_sid != NULL || event.from_account;
	event.status = update->status = call_event_status(call->state, event);
	event.reported_before = event.has_duration && call_has_reported(call, event.duration_seconds);
	settle_step(settlement, call_state_step(call->state, event), update);
}

void
settle_read_event(const char *status, bool has_duration, int32 duration_seconds, CallEvent *event,
                  CallUpdate *update)
{
	*event = (CallEvent){.has_duration = has_duration, .duration_seconds = duration_seconds};
	if (!call_status_from_twilio(status, &event->status))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		         errmsg("call status \"%s\" is not recognized", status),
		         errhint("Use one of queued, initiated, ringing, in-progress, completed, busy, failed, "
		                 "no-answer, canceled.")));
	if (duration_seconds < 0 || duration_seconds > BILLING_MAX_SECONDS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("duration_seconds must be between 0 and %d, not %d", (int) BILLING_MAX_SECONDS,
		                       duration_seconds)));

	*update = (CallUpdate){
	    .status = event->status,
	    .occurred_at = GetCurrentTransactionStartTimestamp(),
	    .has_duration = has_duration,
	    .duration_seconds = duration_seconds,
	    .answered = event->status == CALL_IN_PROGRESS,
	};
}

void
settlement_fill(Settlement *settlement, Datum *values, bool *nulls)
{
	Call *call = &settlement->call;

	memset(nulls, false, SETTLEMENT_COLUMNS * sizeof(bool));
	values[0] = UUIDPGetDatum(&call->id);
	values[1] = UUIDPGetDatum(&call->user_id);
	values[2] = CStringGetTextDatum(call_status_to_text(call->state.status));
	values[3] = BoolGetDatum(settlement->changed);
	values[4] = BoolGetDatum(call->state.billed);
	values[5] = Int32GetDatum(call->billed_seconds);
	values[6] = MicrosGetDatum(call->used_micros);
	nulls[7] = !settlement->has_user;
	values[7] = MicrosGetDatum(settlement->balance_micros);
}
