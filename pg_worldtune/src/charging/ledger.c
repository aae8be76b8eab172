/*
 * ledger.c
 *		Rows of credit_ledger and of ledger_details. See ledger.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "charging/ledger.h"
#include "charging/live_event.h"
#include "postgres/advisory.h"
#include "postgres/money.h"

enum
{
	ENTRY_ID,
	ENTRY_CREATED_AT,
	ENTRY_USER_ID,
	ENTRY_DELTA,
	ENTRY_BALANCE_AFTER,
	ENTRY_KIND,
	ENTRY_CALL_ID,
	ENTRY_TRANSACTION_ID,
	ENTRY_NOTE,
};

static const TableColumn entry_columns[] = {
    [ENTRY_ID] = {"id", INT8OID},
    [ENTRY_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
    [ENTRY_USER_ID] = {"user_id", UUIDOID},
    [ENTRY_DELTA] = {"delta", NUMERICOID},
    [ENTRY_BALANCE_AFTER] = {"balance_after", NUMERICOID},
    [ENTRY_KIND] = {"kind", TEXTOID},
    [ENTRY_CALL_ID] = {"call_id", UUIDOID},
    [ENTRY_TRANSACTION_ID] = {"transaction_id", UUIDOID},
    [ENTRY_NOTE] = {"note", TEXTOID},
};

enum
{
	INDEX_OF_USERS,
	INDEX_OF_PAYMENTS,
};

Table ledger_table = {
    .schema = "public",
    .name = "credit_ledger",
    .columns = entry_columns,
    .column_count = lengthof(entry_columns),
    .key = ENTRY_ID,
    .indexes = {[INDEX_OF_USERS] = {"worldtune_ledger_user", ENTRY_USER_ID},
                [INDEX_OF_PAYMENTS] = {"worldtune_ledger_payment", ENTRY_TRANSACTION_ID}},
};

enum
{
	DETAIL_ENTRY_ID,
	DETAIL_USER_ID,
	DETAIL_ROLE,
	DETAIL_SESSION_ROLE,
	DETAIL_JWT_SUBJECT,
	DETAIL_REMARK,
	DETAIL_KEY,
};

static const TableColumn detail_columns[] = {
    [DETAIL_ENTRY_ID] = {"entry_id", INT8OID},
    [DETAIL_USER_ID] = {"user_id", UUIDOID},
    [DETAIL_ROLE] = {"role", TEXTOID},
    [DETAIL_SESSION_ROLE] = {"session_role", TEXTOID},
    [DETAIL_JWT_SUBJECT] = {"jwt_subject", UUIDOID},
    [DETAIL_REMARK] = {"remark", TEXTOID},
    [DETAIL_KEY] = {"idempotency_key", TEXTOID},
};

enum
{
	INDEX_OF_KEYS,
};

Table ledger_details_table = {
    .schema = "worldtune",
    .name = "ledger_details",
    .columns = detail_columns,
    .column_count = lengthof(detail_columns),
    .key = DETAIL_ENTRY_ID,
    .indexes = {[INDEX_OF_KEYS] = {"ledger_details_key", DETAIL_USER_ID}},
};

/* What the user's newest row says; zero and -infinity before the first. */
typedef struct NewestEntry
{
	int64 balance_micros;
	TimestampTz created_at;
} NewestEntry;

static NewestEntry
newest_entry(Row *row, const pg_uuid_t *user_id)
{
	RowKey key = {ENTRY_USER_ID, UUIDPGetDatum(user_id)};
	NewestEntry newest = {.created_at = DT_NOBEGIN};
	bool isnull;

	if (row_find_greatest(row, INDEX_OF_USERS, key, ENTRY_ID))
	{
		newest.balance_micros = row_micros(row, ENTRY_BALANCE_AFTER);
		newest.created_at = DatumGetTimestampTz(row_get(row, ENTRY_CREATED_AT, &isnull));
	}
	return newest;
}

/*
 * By the clock, under the lock of the user's row: a user's entries stand in the order of time, however long ago
 * the transactions began, and should the clock be set back.
 */
static int64
insert_entry(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry)
{
	Row row;
	NewestEntry newest;
	int64 balance_micros;
	int64 id;

	row_open(&row, &ledger_table, ROW_NEWEST_TO_WRITE);
	newest = newest_entry(&row, user_id);
	row_new(&row);
	row_set(&row, ENTRY_CREATED_AT, TimestampTzGetDatum(Max(GetCurrentTimestamp(), newest.created_at)));
	row_set(&row, ENTRY_USER_ID, UUIDPGetDatum(user_id));
	row_set_micros(&row, ENTRY_DELTA, delta_micros);
	balance_micros = newest.balance_micros + delta_micros;
	row_set_micros(&row, ENTRY_BALANCE_AFTER, balance_micros);
	row_set_text(&row, ENTRY_KIND, entry->kind);
	if (entry->call_id != NULL)
		row_set(&row, ENTRY_CALL_ID, UUIDPGetDatum(entry->call_id));
	if (entry->transaction_id != NULL)
		row_set(&row, ENTRY_TRANSACTION_ID, UUIDPGetDatum(entry->transaction_id));
	row_set_text(&row, ENTRY_NOTE, entry->note);
	row_insert(&row);
	id = DatumGetInt64(row_inserted(&row, ENTRY_ID));
	row_close(&row);
	live_event_credit(user_id, entry->kind, balance_micros, entry->ended);
	return id;
}

static void
insert_details(int64 entry_id, const pg_uuid_t *user_id, const LedgerEntry *entry)
{
	Row row;

	row_open(&row, &ledger_details_table, ROW_TO_WRITE);
	row_new(&row);
	row_set(&row, DETAIL_ENTRY_ID, Int64GetDatum(entry_id));
	row_set(&row, DETAIL_USER_ID, UUIDPGetDatum(user_id));
	row_set_text(&row, DETAIL_ROLE, entry->actor.role);
	row_set_text(&row, DETAIL_SESSION_ROLE, entry->actor.session_role);
	if (entry->actor.has_user)
		row_set(&row, DETAIL_JWT_SUBJECT, UUIDPGetDatum(&entry->actor.user_id));
	row_set_text(&row, DETAIL_REMARK, entry->remark);
	row_set_text(&row, DETAIL_KEY, entry->idempotency_key);
	row_insert(&row);
	row_close(&row);
}

/* The charge of a call has no details: only the carrier's word makes one, and the call's row tells of it. */
void
ledger_write(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry)
{
	int64 id = insert_entry(user_id, delta_micros, entry);

	if (strcmp(entry->kind, "call") != 0)
		insert_details(id, user_id, entry);
}

void
ledger_write_off(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry)
{
	LedgerEntry back = {.kind = "adjustment", .actor = entry->actor, .note = LEDGER_USER_DELETED};

	/* In place of the user's row, which is locked elsewhere. */
	advisory_lock(ADVISORY_USER, user_id->data, UUID_LEN);
	ledger_write(user_id, delta_micros, entry);
	ledger_write(user_id, -delta_micros, &back);
}

static void
read_entry(Row *row, LedgerRecord *record)
{
	bool isnull;
	Datum call_id = row_get(row, ENTRY_CALL_ID, &isnull);
	bool has_call = !isnull;

	record->id = DatumGetInt64(row_get(row, ENTRY_ID, &isnull));
	record->kind = row_text(row, ENTRY_KIND);
	record->delta_micros = row_micros(row, ENTRY_DELTA);
	record->balance_after_micros = row_micros(row, ENTRY_BALANCE_AFTER);
	record->has_call = has_call;
	if (has_call)
		record->call_id = *DatumGetUUIDP(call_id);
}

static bool
find_entry(int index, RowKey key, const char *kind, LedgerRecord *record)
{
	Row row;
	bool found = false;

	row_open(&row, &ledger_table, ROW_NEWEST);
	row_scan(&row, index, &key, 1);
	while (!found && row_next(&row))
	{
		read_entry(&row, record);
		found = kind == NULL || strcmp(record->kind, kind) == 0;
	}
	row_scan_end(&row);
	row_close(&row);
	return found;
}

bool
ledger_find_purchase(const pg_uuid_t *transaction_id, LedgerRecord *record)
{
	RowKey key = {ENTRY_TRANSACTION_ID, UUIDPGetDatum(transaction_id)};

	return find_entry(INDEX_OF_PAYMENTS, key, "purchase", record);
}

bool
ledger_find_chargeback(const pg_uuid_t *transaction_id, LedgerRecord *record)
{
	RowKey key = {ENTRY_TRANSACTION_ID, UUIDPGetDatum(transaction_id)};

	return find_entry(INDEX_OF_PAYMENTS, key, "chargeback", record);
}

bool
ledger_find_by_key(const pg_uuid_t *user_id, const char *idempotency_key, LedgerRecord *record)
{
	RowKey keys[] = {
	    {DETAIL_USER_ID, UUIDPGetDatum(user_id)},
	    {DETAIL_KEY, CStringGetTextDatum(idempotency_key)},
	};
	bool isnull;
	int64 id = 0;
	Row row;
	bool found;

	row_open(&row, &ledger_details_table, ROW_NEWEST);
	found = row_find(&row, INDEX_OF_KEYS, keys, lengthof(keys), ROW_ANY);
	if (found)
		id = DatumGetInt64(row_get(&row, DETAIL_ENTRY_ID, &isnull));
	row_close(&row);
	if (found && !find_entry(ROW_BY_KEY, (RowKey){ENTRY_ID, Int64GetDatum(id)}, NULL, record))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
		                errmsg("ledger entry " INT64_FORMAT " has details and is not there", id)));
	return found;
}
