/*
 * refund.c
 *		Credit that the operator gives back or corrects by hand.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "charging/account.h"
#include "charging/call.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "postgres/statement.h"

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

/* Answers the new balance; today's where nothing is left to give back. */
static int64
give_back(Call *call, int64 micros, const LedgerEntry *entry)
{
	Account account;

	if (micros > 0)
	{
		call_add_refund(call, micros);
		return account_change(&call->user_id, micros, entry);
	}
	if (!account_read(&call->user_id, ROW_LATEST, &account))
		account_unknown_user(&call->user_id);
	return account.balance_micros;
}

/*
 * The entry that an earlier request with that key made; false when there is none, or no key. Locks the user's
 * row: of two requests with one key the second waits and finds the first one's.
 */
static bool
find_earlier(const pg_uuid_t *user_id, const char *idempotency_key, LedgerRecord *earlier)
{
	Account account;

	if (idempotency_key == NULL)
		return false;
	if (!account_lock(user_id, &account))
		account_unknown_user(user_id);
	return ledger_find_by_key(user_id, idempotency_key, earlier);
}

/* The note may have been worded anew: the first one stays. */
static void
check_same(bool is_same, const LedgerEntry *entry, const LedgerRecord *earlier)
{
	if (!is_same)
		ereport(ERROR,
		        (errcode(ERRCODE_UNIQUE_VIOLATION),
		         errmsg("idempotency_key \"%s\" was used for another request: ledger entry " INT64_FORMAT
		                ", %s of %s credits",
		                entry->idempotency_key, earlier->id, earlier->kind,
		                money_to_string(earlier->delta_micros)),
		         errhint("Repeat a request with the same figures, or give it a key of its own.")));
}

/* What was left of the call's charge after that entry. */
static Statement charge_left = {
    .sql =
        "SELECT (-sum(delta))::numeric FROM ONLY public.credit_ledger WHERE user_id = $1 AND call_id = $2 AND id <= $3",
    .expected = SPI_OK_SELECT,
    .reads = {&ledger_table},
    .nargs = 3,
    .argtypes = {UUIDOID, UUIDOID, INT8OID},
};

static bool
gave_back_all(const Call *call, const LedgerRecord *refund)
{
	Datum values[] = {UUIDPGetDatum(&call->user_id), UUIDPGetDatum(&call->id), Int64GetDatum(refund->id)};
	int64 left;

	SPI_connect();
	statement_run(&charge_left, values, NULL);
	left = statement_micros(1);
	SPI_finish();
	return left == 0;
}

/* A request for all that is left names no amount: it is the same if the earlier refund left nothing. */
static bool
is_same_refund(const Call *call, bool has_credits, int64 credits_micros, const LedgerRecord *earlier)
{
	if (strcmp(earlier->kind, "refund") != 0 || !earlier->has_call ||
	    memcmp(&earlier->call_id, &call->id, UUID_LEN) != 0)
		return false;
	return has_credits ? earlier->delta_micros == credits_micros : gave_back_all(call, earlier);
}

Datum
worldtune_refund_call(PG_FUNCTION_ARGS)
{
	Call call;
	LedgerEntry entry = {
	    .kind = "refund",
	    .actor = claims_actor(),
	    .call_id = &call.id,
	    .remark = optional_cstring(fcinfo, 2),
	    .idempotency_key = optional_name(fcinfo, 4, "idempotency_key"),
	};
	LedgerRecord earlier;
	bool has_credits = !PG_ARGISNULL(1);
	int64 credits_micros = has_credits ? money_from_numeric(PG_GETARG_NUMERIC(1), "credits") : 0;
	int64 balance_micros;

	require_argument(fcinfo, 0, "call_sid");

	call_lock_by_sid(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(3) ? NULL : PG_GETARG_UUID_P(3),
	                 &call);
	if (find_earlier(&call.user_id, entry.idempotency_key, &earlier))
	{
		check_same(is_same_refund(&call, has_credits, credits_micros, &earlier), &entry, &earlier);
		balance_micros = earlier.balance_after_micros;
	}
	else
		balance_micros = give_back(&call, refundable(&call, has_credits, credits_micros), &entry);
	call_close(&call);
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}

Datum
worldtune_adjust_credits(PG_FUNCTION_ARGS)
{
	LedgerEntry entry = {
	    .kind = "adjustment",
	    .actor = claims_actor(),
	    .remark = optional_cstring(fcinfo, 2),
	    .idempotency_key = optional_name(fcinfo, 3, "idempotency_key"),
	};
	LedgerRecord earlier;
	pg_uuid_t *user_id;
	int64 credits_micros;
	int64 balance_micros;

	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "credits");
	user_id = PG_GETARG_UUID_P(0);
	credits_micros = money_from_numeric(PG_GETARG_NUMERIC(1), "credits");
	if (credits_micros == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("credits must not be zero")));
	require_words(entry.remark, "note must say why the balance is adjusted");

	if (find_earlier(user_id, entry.idempotency_key, &earlier))
	{
		check_same(strcmp(earlier.kind, "adjustment") == 0 && earlier.delta_micros == credits_micros, &entry,
		           &earlier);
		balance_micros = earlier.balance_after_micros;
	}
	else
		balance_micros = account_change(user_id, credits_micros, &entry);
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}
