/*
 * payment.c
 *		Rows of transactions. See payment.h.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "charging/ledger.h"
#include "charging/payment.h"
#include "postgres/advisory.h"

PG_FUNCTION_INFO_V1(worldtune_says_credited);

static const TableColumn columns[] = {
    [PAYMENT_ID] = {"id", UUIDOID},
    [PAYMENT_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
    [PAYMENT_USER_ID] = {"user_id", UUIDOID},
    [PAYMENT_AMOUNT] = {"amount", NUMERICOID},
    [PAYMENT_CREDITS_ADDED] = {"credits_added", NUMERICOID},
    [PAYMENT_INTENT_ID] = {"payment_intent_id", TEXTOID},
    [PAYMENT_STATUS] = {"status", TEXTOID},
    [PAYMENT_BOOKED_AT] = {"booked_at", TIMESTAMPTZOID},
};

enum
{
	INDEX_OF_INTENTS,
};

Table payments_table = {
    .schema = "public",
    .name = "transactions",
    .columns = columns,
    .column_count = lengthof(columns),
    .key = PAYMENT_ID,
    .indexes = {[INDEX_OF_INTENTS] = {"worldtune_payment_intent", PAYMENT_INTENT_ID}},
};

#define STATUS_BOOKED "completed"
#define STATUS_REVERSED "reversed"

/*
 * The earlier application's words for a payment that it has credited. A row with any other is still to be
 * credited: whoever calls add_credits() has seen the money arrive.
 */
static const char *const credited_words[] = {STATUS_BOOKED, "succeeded", "success", "paid", "disputed"};

/* And those for one that it credited and took back since; the second is ours as well. */
static const char *const taken_back_words[] = {"refunded", STATUS_REVERSED};

static bool
is_among(const char *status, const char *const *words, size_t count)
{
	for (size_t i = 0; status != NULL && i < count; i++)
		if (pg_strcasecmp(status, words[i]) == 0)
			return true;
	return false;
}

static bool
says_taken_back(const char *status)
{
	return is_among(status, taken_back_words, lengthof(taken_back_words));
}

static bool
says_credited(const char *status)
{
	return is_among(status, credited_words, lengthof(credited_words)) || says_taken_back(status);
}

bool
payment_was_charged_back(const pg_uuid_t *payment_id)
{
	LedgerRecord reversal;

	return ledger_find_chargeback(payment_id, &reversal);
}

Datum
worldtune_says_credited(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(says_credited(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

/*
 * The greater, the better a row answers for the payment; above 0 it was credited. What was taken back never is again,
 * whatever the application writes into its row.
 */
static int
rank(Row *row)
{
	bool has_no_id;
	Datum id = row_get(row, PAYMENT_ID, &has_no_id);

	if (!row_is_null(row, PAYMENT_BOOKED_AT))
		return 2;
	return says_credited(row_text(row, PAYMENT_STATUS)) ||
	       (!has_no_id && payment_was_charged_back(DatumGetUUIDP(id)));
}

static TimestampTz
created_at(Row *row)
{
	bool isnull;
	Datum value = row_get(row, PAYMENT_CREATED_AT, &isnull);

	return isnull ? DT_NOEND : DatumGetTimestampTz(value);
}

/* Leaves the best row as the one that was found; its rank, or -1. */
static int
find_best(Row *row, const char *payment_intent_id)
{
	RowKey key = {PAYMENT_INTENT_ID, CStringGetTextDatum(payment_intent_id)};
	TupleTableSlot *best = MakeSingleTupleTableSlot(RelationGetDescr(row->relation), row->slot->tts_ops);
	int best_rank = -1;
	TimestampTz best_time = 0;

	row_scan(row, INDEX_OF_INTENTS, &key, 1);
	while (row_next(row))
	{
		int row_rank = rank(row);
		TimestampTz time = created_at(row);

		if (row_rank > best_rank || (row_rank == best_rank && time < best_time))
		{
			ExecCopySlot(best, row->slot);
			best_rank = row_rank;
			best_time = time;
		}
	}
	row_scan_end(row);
	if (best_rank >= 0)
		ExecCopySlot(row->slot, best);
	ExecDropSingleTupleTableSlot(best);
	return best_rank;
}

static void
read_payment(Row *row, Payment *payment)
{
	bool isnull;
	Datum user_id = row_get(row, PAYMENT_USER_ID, &isnull);

	if (row_is_null(row, PAYMENT_ID))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a payment has no id")));
	payment->has_user = !isnull;
	if (!isnull)
		payment->user_id = *DatumGetUUIDP(user_id);
	payment->id = *DatumGetUUIDP(row_get(row, PAYMENT_ID, &isnull));
	payment->is_booked = !row_is_null(row, PAYMENT_BOOKED_AT);
	payment->was_taken_back = !payment->is_booked && says_taken_back(row_text(row, PAYMENT_STATUS));
	payment->credits_micros = row_micros(row, PAYMENT_CREDITS_ADDED);
	payment->amount_micros = row_micros(row, PAYMENT_AMOUNT);
}

bool
payment_find_user(const char *payment_intent_id, pg_uuid_t *user_id)
{
	Payment payment = {0};

	row_open(&payment.row, &payments_table, ROW_NEWEST);
	if (find_best(&payment.row, payment_intent_id) >= 0)
		read_payment(&payment.row, &payment);
	row_close(&payment.row);
	*user_id = payment.user_id;
	return payment.has_user;
}

void
payment_find(const char *payment_intent_id, Payment *payment)
{
	int found;

	memset(payment, 0, sizeof(*payment));
	advisory_lock(ADVISORY_PAYMENT, payment_intent_id, strlen(payment_intent_id));
	row_open(&payment->row, &payments_table, ROW_NEWEST_TO_WRITE);
	found = find_best(&payment->row, payment_intent_id);
	if (found >= 0 && row_lock(&payment->row, true) != ROW_LOCKED)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
		                errmsg("payment \"%s\" changed while it was being read", payment_intent_id),
		                errhint("Ask again.")));
	if (found < 0)
		return;
	read_payment(&payment->row, payment);
	payment->state = found > 0 ? PAYMENT_CREDITED : PAYMENT_OPEN;
}

void
payment_book(Payment *payment, const pg_uuid_t *user_id, const char *payment_intent_id, int64 credits_micros,
             int64 amount_micros)
{
	Row *row = &payment->row;
	Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	if (payment->state == PAYMENT_NEW)
	{
		payment->id = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
		row_new(row);
		row_set(row, PAYMENT_ID, UUIDPGetDatum(&payment->id));
		row_set(row, PAYMENT_CREATED_AT, now);
		row_set_text(row, PAYMENT_INTENT_ID, payment_intent_id);
	}
	else
		row_change(row);
	row_set(row, PAYMENT_USER_ID, UUIDPGetDatum(user_id));
	row_set_micros(row, PAYMENT_AMOUNT, amount_micros);
	row_set_micros(row, PAYMENT_CREDITS_ADDED, credits_micros);
	row_set_text(row, PAYMENT_STATUS, STATUS_BOOKED);
	row_set(row, PAYMENT_BOOKED_AT, now);
	if (payment->state == PAYMENT_NEW)
		row_insert(row);
	else
		row_update(row);
}

void
payment_mark_reversed(Payment *payment)
{
	row_change(&payment->row);
	row_set_text(&payment->row, PAYMENT_STATUS, STATUS_REVERSED);
	row_update(&payment->row);
}

void
payment_close(Payment *payment)
{
	row_close(&payment->row);
}
