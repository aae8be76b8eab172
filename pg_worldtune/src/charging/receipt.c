/*
 * receipt.c
 *		What is stored of a call and of what was booked for it. See receipt.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "charging/call.h"
#include "charging/ledger.h"
#include "charging/receipt.h"
#include "postgres/money.h"
#include "postgres/statement.h"

#define SELECT_CALL                                                                                          \
	"SELECT id, authorized_at::timestamptz, ended_at IS NOT NULL, billed_at IS NOT NULL, status::text,"      \
	" reject_reason::text, phone_number::text, country::text, iso_country::text, caller_id::text,"           \
	" price_source::text, deck_id::bigint, prefix::text, origination::text, rate::numeric,"                  \
	" connection_fee::numeric, minimum_seconds::int, increment_seconds::int, max_seconds::int,"              \
	" billed_seconds::int, round(credits_used::numeric, 6), credits_refunded::numeric,"                      \
	" reported_seconds::int[], note::text FROM ONLY public.call_logs WHERE user_id = $1 AND "

/* The columns of SELECT_CALL, from 1. */
enum
{
	COLUMN_ID = 1,
	COLUMN_AUTHORIZED_AT,
	COLUMN_OVER,
	COLUMN_BILLED,
	COLUMN_STATUS,
	COLUMN_REJECT_REASON,
	COLUMN_NUMBER,
	COLUMN_COUNTRY,
	COLUMN_ISO_COUNTRY,
	COLUMN_CALLER_ID,
	COLUMN_PRICE_SOURCE,
	COLUMN_DECK_ID,
	COLUMN_PREFIX,
	COLUMN_ORIGINATION,
	COLUMN_RATE,
	COLUMN_CONNECTION_FEE,
	COLUMN_MINIMUM_SECONDS,
	COLUMN_INCREMENT_SECONDS,
	COLUMN_MAX_SECONDS,
	COLUMN_BILLED_SECONDS,
	COLUMN_USED,
	COLUMN_REFUNDED,
	COLUMN_REPORTED,
	COLUMN_NOTE,
};

static Statement our_call_by_sid = {
    .sql = SELECT_CALL "call_sid = $2 AND authorized_at IS NOT NULL AND billed_at IS NOT NULL",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

static Statement newest_call_by_sid = {
    .sql = SELECT_CALL "call_sid = $2 ORDER BY created_at DESC NULLS LAST, id LIMIT 1",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

static Statement call_by_id = {
    .sql = SELECT_CALL "id = $2::uuid",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

/* Two halves, each by an index of its own. */
static Statement entries_of_call = {
    .sql = "SELECT kind::text, delta::numeric, note::text FROM"
           " (SELECT * FROM ONLY public.credit_ledger WHERE call_id = $1 AND kind = 'call'"
           " UNION ALL SELECT * FROM ONLY public.credit_ledger WHERE call_id = $1 AND kind <> 'call') l"
           " WHERE user_id = $2 ORDER BY id",
    .expected = SPI_OK_SELECT,
    .reads = {&ledger_table},
    .nargs = 2,
    .argtypes = {UUIDOID, UUIDOID},
};

/* Whether the text is the text of a uuid, so that casting it raises no error. */
static bool
is_uuid(const char *text)
{
	static const char form[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; i < strlen(form); i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
	return true;
}

static int32
value_int32(int column)
{
	bool isnull;
	Datum value = statement_value(column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

static int64
value_int64(int column)
{
	bool isnull;
	Datum value = statement_value(column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static bool
value_is_null(int column)
{
	bool isnull;

	statement_value(column, &isnull);
	return isnull;
}

/* Of a column that is never NULL in a row of ours, unless somebody rewrote it behind the guards. */
static char *
string_or_none(int column)
{
	char *string = statement_string(column);

	return string == NULL ? pstrdup("") : string;
}

static void
read_reported(Receipt *receipt)
{
	bool isnull;
	Datum value = statement_value(COLUMN_REPORTED, &isnull);

	receipt->reported_count = call_reported_seconds(value, isnull, &receipt->reported_seconds);
}

static void
read_price(Receipt *receipt)
{
	receipt->rated = receipt->authorized && !value_is_null(COLUMN_RATE);
	if (!receipt->rated)
		return;
	receipt->price_source = statement_string(COLUMN_PRICE_SOURCE);
	receipt->deck_id = value_int64(COLUMN_DECK_ID);
	receipt->prefix = string_or_none(COLUMN_PREFIX);
	receipt->origination = statement_string(COLUMN_ORIGINATION);
	receipt->terms.rate_micros = statement_micros(COLUMN_RATE);
	receipt->terms.connection_fee_micros = statement_micros(COLUMN_CONNECTION_FEE);
	receipt->terms.minimum_seconds = value_int32(COLUMN_MINIMUM_SECONDS);
	receipt->terms.increment_seconds = Max(value_int32(COLUMN_INCREMENT_SECONDS), 1);
	receipt->max_seconds = value_int32(COLUMN_MAX_SECONDS);
}

static void
read_call(Receipt *receipt)
{
	memset(receipt, 0, sizeof(*receipt));
	receipt->id = *DatumGetUUIDP(statement_value_not_null(COLUMN_ID));
	receipt->authorized = !value_is_null(COLUMN_AUTHORIZED_AT);
	receipt->authorized_at = value_int64(COLUMN_AUTHORIZED_AT);
	receipt->over = DatumGetBool(statement_value_not_null(COLUMN_OVER));
	receipt->billed = DatumGetBool(statement_value_not_null(COLUMN_BILLED));
	receipt->status = string_or_none(COLUMN_STATUS);
	receipt->reject_reason = statement_string(COLUMN_REJECT_REASON);
	receipt->note = statement_string(COLUMN_NOTE);
	receipt->number = statement_string(COLUMN_NUMBER);
	receipt->country = statement_string(COLUMN_COUNTRY);
	receipt->iso_country = statement_string(COLUMN_ISO_COUNTRY);
	receipt->caller_id = statement_string(COLUMN_CALLER_ID);
	receipt->billed_seconds = value_int32(COLUMN_BILLED_SECONDS);
	receipt->used_micros = statement_micros(COLUMN_USED);
	receipt->refunded_micros = statement_micros(COLUMN_REFUNDED);
	read_price(receipt);
	read_reported(receipt);
}

static void
read_entries(const pg_uuid_t *user_id, Receipt *receipt)
{
	Datum values[] = {UUIDPGetDatum(&receipt->id), UUIDPGetDatum(user_id)};
	uint64 count = statement_query(&entries_of_call, values, NULL);

	receipt->entry_count = (int) count;
	receipt->entries = palloc0(count * sizeof(ReceiptEntry));
	for (uint64 i = 0; i < count; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		TupleDesc descriptor = SPI_tuptable->tupdesc;
		bool isnull;

		receipt->entries[i].kind = SPI_getvalue(row, descriptor, 1);
		receipt->entries[i].delta_micros =
		    DatumGetMicros(SPI_getbinval(row, descriptor, 2, &isnull), "delta");
		receipt->entries[i].note = SPI_getvalue(row, descriptor, 3);
	}
}

bool
receipt_find(const pg_uuid_t *user_id, const char *call, Receipt *receipt)
{
	Datum values[] = {UUIDPGetDatum(user_id), CStringGetTextDatum(call)};

	if (statement_query(&our_call_by_sid, values, NULL) == 0 &&
	    statement_query(&newest_call_by_sid, values, NULL) == 0 &&
	    (!is_uuid(call) || statement_query(&call_by_id, values, NULL) == 0))
		return false;
	read_call(receipt);
	read_entries(user_id, receipt);
	return true;
}
