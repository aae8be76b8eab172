/*
 * reconcile.c
 *		The carrier's own account of a call has the last word: the books are brought into line with it, and
 *		what differed is told.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "charging/account.h"
#include "charging/carrier_charge.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "charging/settle.h"

PG_FUNCTION_INFO_V1(worldtune_reconcile_call);

#define RECONCILIATION_COLUMNS (SETTLEMENT_COLUMNS + 2)
#define MAX_DIFFERENCES 2

/* What the carrier's account says otherwise than the row did, as text for people. */
static Datum
differences(const CallState ours, const CallEvent *theirs)
{
	Datum texts[MAX_DIFFERENCES];
	int count = 0;

	if (theirs->status != ours.status)
		texts[count++] =
		    CStringGetTextDatum(psprintf("status: ours %s, carrier %s", call_status_to_text(ours.status),
		                                 call_status_to_text(theirs->status)));
	if (theirs->has_duration && theirs->duration_seconds != ours.duration_seconds)
		texts[count++] = CStringGetTextDatum(
		    psprintf("duration: ours %d s, carrier %d s", ours.duration_seconds, theirs->duration_seconds));
	return PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The arguments of reconcile_call. */
enum
{
	ARGUMENT_CALL_SID,
	ARGUMENT_STATUS,
	ARGUMENT_DURATION,
	ARGUMENT_PRICE,
	ARGUMENT_USER_ID,
	ARGUMENT_CALLER_LEG_PRICE,
	ARGUMENT_DIALLED_LEG_PRICE,
	ARGUMENT_PRICE_UNIT,
	ARGUMENT_DIAL_CALL_SID,
};

/* What the account says that the call costs the operator, NULL where it says nothing of it. */
static void
record_price(FunctionCallInfo fcinfo, int argument, const Call *call, const char *item, const char *sid)
{
	CarrierCharge charge = {.item = item, .sid = sid != NULL ? sid : ""};

	if (PG_ARGISNULL(argument))
		return;
	charge.micros =
	    carrier_charge_read(PG_GETARG_NUMERIC(argument), optional_cstring(fcinfo, ARGUMENT_PRICE_UNIT));
	carrier_charge_record(call, &charge);
}

static void
record_prices(FunctionCallInfo fcinfo, const Call *call, const char *dial_call_sid)
{
	if (!PG_ARGISNULL(ARGUMENT_PRICE) &&
	    (!PG_ARGISNULL(ARGUMENT_CALLER_LEG_PRICE) || !PG_ARGISNULL(ARGUMENT_DIALLED_LEG_PRICE)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("price is of both legs together: it cannot stand beside the price of one")));
	record_price(fcinfo, ARGUMENT_PRICE, call, CHARGE_BOTH_LEGS, call->call_sid);
	record_price(fcinfo, ARGUMENT_CALLER_LEG_PRICE, call, CHARGE_CALLER_LEG, call->call_sid);
	record_price(fcinfo, ARGUMENT_DIALLED_LEG_PRICE, call, CHARGE_DIALLED_LEG, dial_call_sid);
}

static void
read_account(FunctionCallInfo fcinfo, CallEvent *event, CallUpdate *update)
{
	bool has_duration = !PG_ARGISNULL(ARGUMENT_DURATION);

	require_argument(fcinfo, ARGUMENT_CALL_SID, "call_sid");
	require_argument(fcinfo, ARGUMENT_STATUS, "status");
	settle_read_event(text_to_cstring(PG_GETARG_TEXT_PP(ARGUMENT_STATUS)), has_duration,
	                  has_duration ? PG_GETARG_INT32(ARGUMENT_DURATION) : 0, event, update);
	event->from_account = true;
	if (call_status_is_final(event->status) && event->status != CALL_COMPLETED)
	{
		/* Nobody answered, so nothing was talked: the carrier may leave it empty. */
		event->has_duration = update->has_duration = true;
		event->duration_seconds = update->duration_seconds = 0;
	}
	update->dial_call_sid = optional_cstring(fcinfo, ARGUMENT_DIAL_CALL_SID);
	if (update->dial_call_sid != NULL)
		call_check_sid(update->dial_call_sid, "dial_call_sid");
}

Datum
worldtune_reconcile_call(PG_FUNCTION_ARGS)
{
	Settlement settlement = {0};
	Call *call = &settlement.call;
	CallEvent event;
	CallUpdate update;
	const char *dial_call_sid;
	int64 cost_micros;
	Datum values[RECONCILIATION_COLUMNS];
	bool nulls[RECONCILIATION_COLUMNS];

	read_account(fcinfo, &event, &update);
	call_lock_by_sid(text_to_cstring(PG_GETARG_TEXT_PP(ARGUMENT_CALL_SID)),
	                 PG_ARGISNULL(ARGUMENT_USER_ID) ? NULL : PG_GETARG_UUID_P(ARGUMENT_USER_ID), call);
	dial_call_sid = row_text(&call->row, CALL_DIAL_SID);
	if (dial_call_sid == NULL)
		dial_call_sid = update.dial_call_sid;
	if (call->state.status == CALL_REJECTED)
	{
		/* Of a refused call only the carrier's price is news. */
		update.answered = false;
		update.dial_call_sid = NULL;
	}
	else
		update.reconciles = call_status_is_final(event.status) && event.has_duration;
	values[SETTLEMENT_COLUMNS + 1] = differences(call->state, &event);
	settle_event(&settlement, event, &update);
	record_prices(fcinfo, call, dial_call_sid);
	call_close(call);

	settlement_fill(&settlement, values, nulls);
	nulls[SETTLEMENT_COLUMNS] = !carrier_charge_sum(&call->id, &cost_micros);
	values[SETTLEMENT_COLUMNS] = MicrosGetDatum(cost_micros);
	nulls[SETTLEMENT_COLUMNS + 1] = false;
	return result_row(fcinfo, RECONCILIATION_COLUMNS, values, nulls);
}
