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

/* Twilio's prices are negative: what it took from the account. */
static int64
price_micros(FunctionCallInfo fcinfo, int argument)
{
	int64 micros = PG_ARGISNULL(argument) ? 0 : money_from_numeric(PG_GETARG_NUMERIC(argument), "price");

	return micros < 0 ? -micros : micros;
}

Datum
worldtune_reconcile_call(PG_FUNCTION_ARGS)
{
	Settlement settlement = {0};
	Call *call = &settlement.call;
	CallEvent event;
	CallUpdate update;
	Datum values[RECONCILIATION_COLUMNS];
	bool nulls[RECONCILIATION_COLUMNS];

	require_argument(fcinfo, 0, "call_sid");
	require_argument(fcinfo, 1, "status");
	settle_read_event(text_to_cstring(PG_GETARG_TEXT_PP(1)), !PG_ARGISNULL(2),
	                  PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2), &event, &update);
	event.from_account = true;
	if (call_status_is_final(event.status) && event.status != CALL_COMPLETED)
	{
		/* Nobody answered, so nothing was talked: the carrier may leave it empty. */
		event.has_duration = update.has_duration = true;
		event.duration_seconds = update.duration_seconds = 0;
	}

	call_lock_by_sid(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(4) ? NULL : PG_GETARG_UUID_P(4),
	                 call);
	if (call->state.status == CALL_REJECTED)
		update.answered = false; /* of a refused call only the carrier's price is news */
	else
		update.reconciles = call_status_is_final(event.status) && event.has_duration;
	values[SETTLEMENT_COLUMNS + 1] = differences(call->state, &event);
	settle_event(&settlement, event, &update);
	call_close(call);

	settlement_fill(&settlement, values, nulls);
	values[SETTLEMENT_COLUMNS] = MicrosGetDatum(price_micros(fcinfo, 3));
	nulls[SETTLEMENT_COLUMNS] = PG_ARGISNULL(3);
	nulls[SETTLEMENT_COLUMNS + 1] = false;
	return result_row(fcinfo, RECONCILIATION_COLUMNS, values, nulls);
}
