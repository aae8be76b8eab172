/*
 * purchase.c
 *		Credit that was paid for: booked once for each payment.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_add_credits);

#define MAX_PAYMENT_ID_LENGTH 255

/*
 * The payment's row, if it is known: with the balance it left when this extension booked it. A row of the
 * earlier application that is still pending has not been credited; in any other status it has, before the
 * ledger was opened.
 */
static Statement find_payment = {
    .sql =
        "SELECT t.id, t.user_id, t.booked_at IS NULL AND t.status IS NOT DISTINCT FROM 'pending', l.balance_after"
        " FROM public.transactions t"
        " LEFT JOIN public.credit_ledger l ON l.transaction_id = t.id AND l.kind = 'purchase'"
        " WHERE t.payment_intent_id = $1 ORDER BY t.booked_at IS NULL, t.status IS NOT DISTINCT FROM 'pending', t.created_at LIMIT 1",
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {TEXTOID},
};

static Statement insert_payment = {
    .sql = "INSERT INTO public.transactions"
           " (id, created_at, booked_at, user_id, credits_added, amount, payment_intent_id, status)"
           " VALUES (gen_random_uuid(), now(), now(), $1, $2, $3, $4, 'completed') RETURNING id",
    .expected = SPI_OK_INSERT_RETURNING,
    .nargs = 4,
    .argtypes = {UUIDOID, NUMERICOID, NUMERICOID, TEXTOID},
};

static Statement complete_payment = {
    .sql =
        "UPDATE public.transactions SET booked_at = now(), credits_added = $2, amount = $3, status = 'completed'"
        " WHERE id = $1 RETURNING id",
    .expected = SPI_OK_UPDATE_RETURNING,
    .nargs = 3,
    .argtypes = {UUIDOID, NUMERICOID, NUMERICOID},
};

typedef struct Purchase
{
	pg_uuid_t *user_id;
	int64 credits_micros;
	int64 amount_micros;
	char *payment_intent_id;
} Purchase;

typedef enum PaymentState
{
	PAYMENT_NEW,
	PAYMENT_PENDING, /* known, not credited */
	PAYMENT_BOOKED,  /* credited */
} PaymentState;

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

/* Fills the payment's id, and for a booked one the balance that it left (today's, when it was booked before
 * the ledger). */
static PaymentState
find(const Purchase *purchase, pg_uuid_t *id, int64 *balance_micros)
{
	Datum values[] = {CStringGetTextDatum(purchase->payment_intent_id)};
	bool booked_before_ledger;

	if (statement_run(&find_payment, values, NULL) == 0)
		return PAYMENT_NEW;
	if (memcmp(DatumGetUUIDP(statement_value_not_null(2)), purchase->user_id, UUID_LEN) != 0)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("payment \"%s\" is another user's", purchase->payment_intent_id)));
	*id = *DatumGetUUIDP(statement_value_not_null(1));
	if (DatumGetBool(statement_value_not_null(3)))
		return PAYMENT_PENDING;
	statement_value(4, &booked_before_ledger);
	if (!booked_before_ledger)
		*balance_micros = statement_micros(4);
	return PAYMENT_BOOKED;
}

static void
book(const Purchase *purchase, PaymentState state, pg_uuid_t *id)
{
	Datum credits = MicrosGetDatum(purchase->credits_micros);
	Datum amount = MicrosGetDatum(purchase->amount_micros);
	Datum inserted[] = {UUIDPGetDatum(purchase->user_id), credits, amount,
	                    CStringGetTextDatum(purchase->payment_intent_id)};
	Datum completed[] = {UUIDPGetDatum(id), credits, amount};

	if (state == PAYMENT_NEW)
		statement_run(&insert_payment, inserted, NULL);
	else
		statement_run(&complete_payment, completed, NULL);
	*id = *DatumGetUUIDP(statement_value_not_null(1));
}

Datum
worldtune_add_credits(PG_FUNCTION_ARGS)
{
	Purchase purchase;
	PaymentState state;
	pg_uuid_t id;
	Account account;
	int64 balance_micros;
	LedgerEntry entry = {.kind = "purchase", .transaction_id = &id};

	read_purchase(fcinfo, &purchase);

	SPI_connect();
	/* The lock makes two deliveries of one payment take turns. */
	if (!account_lock(purchase.user_id, &account))
		account_unknown_user(purchase.user_id);
	balance_micros = account.balance_micros;
	state = find(&purchase, &id, &balance_micros);
	if (state != PAYMENT_BOOKED)
	{
		book(&purchase, state, &id);
		balance_micros = account_change(purchase.user_id, purchase.credits_micros, 0, &entry);
	}
	SPI_finish();
	PG_RETURN_NUMERIC(money_to_numeric(balance_micros));
}
