/*
 * purchase.c
 *		Credit that was paid for: booked once for each payment, and taken back once where the payment was.
 *
 * Lock order: the user's row, then the payment.
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
PG_FUNCTION_INFO_V1(worldtune_reverse_purchase);

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
	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 2, "payment_intent_id");
	purchase->user_id = PG_GETARG_UUID_P(0);
	purchase->credits_micros = positive_micros(fcinfo, 1, "credits");
	purchase->payment_intent_id = optional_name(fcinfo, 2, "payment_intent_id");
	purchase->amount_micros = positive_micros(fcinfo, 3, "amount");
}

static bool
is_of_user(const Payment *payment, const pg_uuid_t *user_id)
{
	return payment->has_user && memcmp(&payment->user_id, user_id, UUID_LEN) == 0;
}

/* A payment that was credited already is the same one, or the id is used twice. One that waits without a user is
 * whoever's it is credited to. */
static void
check_same(const Purchase *purchase, const Payment *payment)
{
	if (!is_of_user(payment, purchase->user_id) && (payment->has_user || payment->state == PAYMENT_CREDITED))
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
	LedgerEntry entry = {.kind = "purchase", .actor = claims_actor(), .transaction_id = &payment.id};

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

static void
unknown_payment(const char *payment_intent_id)
{
	ereport(ERROR,
	        (errcode(ERRCODE_NO_DATA_FOUND), errmsg("there is no such payment: %s", payment_intent_id)));
}

/* Takes back what a credited payment added. */
static int64
charge_back(Payment *payment, const char *note)
{
	LedgerEntry entry = {
	    .kind = "chargeback", .actor = claims_actor(), .transaction_id = &payment->id, .remark = note};
	LedgerRecord earlier;

	if (ledger_find_chargeback(&payment->id, &earlier))
		return earlier.balance_after_micros;
	if (payment->was_taken_back)
		ereport(ERROR,
		        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		         errmsg("the application has taken this payment back already, as its status says"),
		         errhint("Where the user has kept the credits, take them with worldtune.adjust_credits().")));
	payment_mark_reversed(payment);
	return account_change(&payment->user_id, -payment->credits_micros, &entry);
}

Datum
worldtune_reverse_purchase(PG_FUNCTION_ARGS)
{
	char *payment_intent_id = optional_name(fcinfo, 0, "payment_intent_id");
	pg_uuid_t user_id;
	Payment payment;
	Account account;
	int64 balance_micros;

	require_argument(fcinfo, 0, "payment_intent_id");
	if (!payment_find_user(payment_intent_id, &user_id) ||
	    (!PG_ARGISNULL(2) && memcmp(&user_id, PG_GETARG_UUID_P(2), UUID_LEN) != 0))
		unknown_payment(payment_intent_id);

	if (!account_lock(&user_id, &account))
		account_unknown_user(&user_id);
	payment_find(payment_intent_id, &payment);
	if (payment.state == PAYMENT_NEW || !is_of_user(&payment, &user_id))
		unknown_payment(payment_intent_id);
	if (payment.state == PAYMENT_OPEN)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("payment \"%s\" was never credited", payment_intent_id),
		                errhint("There is nothing to take back.")));
	balance_micros = charge_back(&payment, optional_cstring(fcinfo, 1));
	payment_close(&payment);
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}
