/*
 * refund.c
 *		Credit that the operator gives back or corrects by hand.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "charging/account.h"
#include "charging/call.h"
#include "postgres/money.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_refund_call);
PG_FUNCTION_INFO_V1(worldtune_adjust_credits);

/* What is to be given back: what was asked for, or all that is left of the charge. Together never more than
 * the charge. */
static int64
refundable(const Call *call, bool has_credits, int64 credits_micros)
{
	int64 left = call->used_micros - call->refunded_micros;

	if (!has_credits)
		return left;
	if (credits_micros <= 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("credits must be above zero")));
	if (credits_micros > left)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("cannot refund %s credits: %s of %s are left", money_to_string(credits_micros),
		                       money_to_string(left), money_to_string(call->used_micros)),
		                errhint("Leave credits out to refund all that is left.")));
	return credits_micros;
}

static int64
current_balance(const pg_uuid_t *user_id)
{
	Account account;

	if (!account_read(user_id, ROW_LATEST, &account))
		account_unknown_user(user_id);
	return account.balance_micros;
}

Datum
worldtune_refund_call(PG_FUNCTION_ARGS)
{
	Call call;
	LedgerEntry entry = {.kind = "refund", .call_id = &call.id, .note = optional_cstring(fcinfo, 2)};
	bool has_credits = !PG_ARGISNULL(1);
	int64 credits_micros = has_credits ? money_from_numeric(PG_GETARG_NUMERIC(1), "credits") : 0;
	int64 balance_micros;

	require_argument(fcinfo, 0, "call_sid");

	call_lock_by_sid(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(3) ? NULL : PG_GETARG_UUID_P(3),
	                 &call);
	credits_micros = refundable(&call, has_credits, credits_micros);
	if (credits_micros > 0)
	{
		call_add_refund(&call, credits_micros);
		balance_micros = account_change(&call.user_id, credits_micros, &entry);
	}
	else
		balance_micros = current_balance(&call.user_id);
	call_close(&call);
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}

Datum
worldtune_adjust_credits(PG_FUNCTION_ARGS)
{
	LedgerEntry entry = {.kind = "adjustment", .note = optional_cstring(fcinfo, 2)};
	int64 credits_micros;
	int64 balance_micros;

	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "credits");
	credits_micros = money_from_numeric(PG_GETARG_NUMERIC(1), "credits");
	if (credits_micros == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("credits must not be zero")));
	if (entry.note == NULL || strspn(entry.note, " \t\r\n") == strlen(entry.note))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("note must say why the balance is adjusted")));

	balance_micros = account_change(PG_GETARG_UUID_P(0), credits_micros, &entry);
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}
