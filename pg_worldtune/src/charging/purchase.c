/*
 * purchase.c
 *		Credit that was paid for: booked once for each payment.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "charging/payment.h"
#include "postgres/money.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_add_credits);

#define MAX_PAYMENT_ID_LENGTH 255

typedef struct Purchase
{
	pg_uuid_t *user_id;
	int64 credits_micros;
	int64 amount_micros;
	char *payment_intent_id;
} Purchase;

static int64
positive_micros(FunctionCallInfo fcinfo, int argument, const char *name)
{
	int64 micros;

	require_argument(fcinfo, argument, name);
	micros = money_from_numeric(PG_GETARG_NUMERIC(argument), name);
	if (micros <= 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be above zero", name)));
	return micros;
}

static void
read_purchase(FunctionCallInfo fcinfo, Purchase *purchase)
{
	size_t length;

	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 2, "payment_intent_id");
	purchase->user_id = PG_GETARG_UUID_P(0);
	purchase->credits_micros = positive_micros(fcinfo, 1, "credits");
	purchase->payment_intent_id = text_to_cstring(PG_GETARG_TEXT_PP(2));
	purchase->amount_micros = positive_micros(fcinfo, 3, "amount");
	length = strlen(purchase->payment_intent_id);
	if (length == 0 || length > MAX_PAYMENT_ID_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("payment_intent_id must have 1 to %d characters", MAX_PAYMENT_ID_LENGTH)));
}

/* A payment that was credited already is the same one, or the id is used twice. */
static void
check_same(const Purchase *purchase, const Payment *payment)
{
	if (!payment->has_user || memcmp(&payment->user_id, purchase->user_id, UUID_LEN) != 0)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("payment \"%s\" is another user's", purchase->payment_intent_id)));
	if (payment->state == PAYMENT_CREDITED && (payment->credits_micros != purchase->credits_micros ||
	                                           payment->amount_micros != purchase->amount_micros))
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("payment \"%s\" was booked with other figures: %s credits for %s",
		                       purchase->payment_intent_id, money_to_string(payment->credits_micros),
		                       money_to_string(payment->amount_micros)),
		                errhint("Correct a booked payment with worldtune.adjust_credits().")));
}

/* The balance that a credited payment left: today's, when it was credited before the ledger was opened. */
static int64
balance_after(const Payment *payment, const Account *account)
{
	LedgerRecord record;

	if (!payment->is_booked || !ledger_find_purchase(&payment->id, &record))
		return account->balance_micros;
	return record.balance_after_micros;
}

Datum
worldtune_add_credits(PG_FUNCTION_ARGS)
{
	Purchase purchase;
	Payment payment;
	Account account;
	int64 balance_micros;
	LedgerEntry entry = {.kind = "purchase", .transaction_id = &payment.id};

	read_purchase(fcinfo, &purchase);

	/* The lock makes two deliveries of one payment take turns. */
	if (!account_lock(purchase.user_id, &account))
		account_unknown_user(purchase.user_id);
	payment_find(purchase.payment_intent_id, &payment);
	if (payment.state != PAYMENT_NEW)
		check_same(&purchase, &payment);
	if (payment.state == PAYMENT_CREDITED)
		balance_micros = balance_after(&payment, &account);
	else
	{
		payment_book(&payment, purchase.user_id, purchase.payment_intent_id, purchase.credits_micros,
		             purchase.amount_micros);
		balance_micros = account_change(purchase.user_id, purchase.credits_micros, &entry);
	}
	payment_close(&payment);
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}
