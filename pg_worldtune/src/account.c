/*
 * account.c
 *		A user's money. See account.h.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "account.h"
#include "money.h"
#include "row.h"

/* The class of our advisory locks ("WT"), as pg_locks.objsubid shows it; SQL's own are 1 and 2. */
#define QUEUE_LOCK_CLASS 0x5754

enum
{
	USER_ID,
	USER_BALANCE,
	USER_HELD,
};

static const TableColumn user_columns[] = {
    [USER_ID] = {"id", UUIDOID},
    [USER_BALANCE] = {"credit_balance", NUMERICOID},
    [USER_HELD] = {"credit_held", NUMERICOID},
};

static Table users = {
    .schema = "public",
    .name = "users",
    .columns = user_columns,
    .column_count = lengthof(user_columns),
};

enum
{
	SETTING_ONLY_ROW,
	SETTING_LOW_BALANCE,
	SETTING_MAX_CALL_SECONDS,
	SETTING_LIMITED,
	SETTING_CALLER_ID,
	SETTING_STORE_MASKED,
};

static const TableColumn setting_columns[] = {
    [SETTING_ONLY_ROW] = {"only_row", BOOLOID},
    [SETTING_LOW_BALANCE] = {"low_balance", NUMERICOID},
    [SETTING_MAX_CALL_SECONDS] = {"max_call_seconds", INT4OID},
    [SETTING_LIMITED] = {"limited", BOOLOID},
    [SETTING_CALLER_ID] = {"caller_id", TEXTOID},
    [SETTING_STORE_MASKED] = {"store_masked_numbers", BOOLOID},
};

static Table settings = {
    .schema = "worldtune",
    .name = "settings",
    .columns = setting_columns,
    .column_count = lengthof(setting_columns),
};

enum
{
	LIMIT_USER_ID,
	LIMIT_MAX_CALL_SECONDS,
};

static const TableColumn limit_columns[] = {
    [LIMIT_USER_ID] = {"user_id", UUIDOID},
    [LIMIT_MAX_CALL_SECONDS] = {"max_call_seconds", INT4OID},
};

static Table user_limits = {
    .schema = "worldtune",
    .name = "user_limits",
    .columns = limit_columns,
    .column_count = lengthof(limit_columns),
};

/* Set only while change runs, so that the triggers know the extension's own work from everybody else's. */
static const pg_uuid_t *changing_user = NULL;
static const LedgerEntry *changing_entry = NULL;

static bool
find_user(Row *row, const pg_uuid_t *user_id)
{
	RowKey key = {USER_ID, UUIDPGetDatum(user_id)};

	return row_find(row, ROW_BY_PRIMARY_KEY, &key, 1, ROW_ANY);
}

/* The setting is E.164 by its CHECK. */
static void
read_caller_id(Row *row, Account *account)
{
	char *caller_id = row_text(row, SETTING_CALLER_ID);

	account->has_caller_id = caller_id != NULL;
	if (account->has_caller_id)
		account->caller_id.length =
		    strlcpy(account->caller_id.digits, caller_id + strlen("+"), E164_MAX_DIGITS + 1);
}

static void
read_settings(RowAccess access, Account *account)
{
	RowKey key = {SETTING_ONLY_ROW, BoolGetDatum(true)};
	Row row;

	row_open(&row, &settings, access);
	if (!row_find(&row, ROW_BY_PRIMARY_KEY, &key, 1, ROW_ANY))
		ereport(ERROR,
		        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("worldtune.settings has no row"),
		         errhint("Run SELECT * FROM worldtune.setup().")));
	account->low_balance_micros = row_micros(&row, SETTING_LOW_BALANCE);
	account->max_call_seconds = row_int32(&row, SETTING_MAX_CALL_SECONDS);
	account->limited = row_bool(&row, SETTING_LIMITED);
	account->store_masked = row_bool(&row, SETTING_STORE_MASKED);
	read_caller_id(&row, account);
	row_close(&row);
}

/* The user's own limits take the place of the settings. */
static void
read_user_limits(const pg_uuid_t *user_id, RowAccess access, Account *account)
{
	RowKey key = {LIMIT_USER_ID, UUIDPGetDatum(user_id)};
	Row row;

	row_open(&row, &user_limits, access);
	if (row_find(&row, ROW_BY_PRIMARY_KEY, &key, 1, ROW_ANY))
	{
		account->limited = true;
		if (!row_is_null(&row, LIMIT_MAX_CALL_SECONDS))
			account->max_call_seconds = row_int32(&row, LIMIT_MAX_CALL_SECONDS);
	}
	row_close(&row);
}

static bool
read_account(const pg_uuid_t *user_id, RowAccess access, Account *account)
{
	Row row;
	bool found;

	row_open(&row, &users, access);
	found = find_user(&row, user_id) && (access != ROW_TO_WRITE || row_lock(&row));
	if (found)
	{
		account->balance_micros = row_micros(&row, USER_BALANCE);
		account->held_micros = row_micros(&row, USER_HELD);
	}
	row_close(&row);
	return found;
}

static void
read_rules(const pg_uuid_t *user_id, RowAccess access, Account *account)
{
	read_settings(access, account);
	read_user_limits(user_id, access, account);
}

/*
 * A transaction that has written may have locked the very row that the first in the queue waits for, so only
 * one that has not waits here: whoever waits in the queue holds no row.
 */
void
account_queue(const pg_uuid_t *user_id)
{
	uint64 hash = DatumGetUInt64(hash_any_extended(user_id->data, UUID_LEN, 0));
	bool has_written = TransactionIdIsValid(GetTopTransactionIdIfAny());
	LOCKTAG tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, QUEUE_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, has_written);
}

bool
account_lock(const pg_uuid_t *user_id, Account *account)
{
	account_queue(user_id);
	if (!read_account(user_id, ROW_TO_WRITE, account))
		return false;
	read_rules(user_id, ROW_LATEST, account);
	return true;
}

bool
account_read(const pg_uuid_t *user_id, Account *account)
{
	if (!read_account(user_id, ROW_OF_QUERY, account))
		return false;
	read_rules(user_id, ROW_OF_QUERY, account);
	return true;
}

int64
account_balance(const pg_uuid_t *user_id)
{
	Account account;

	if (!read_account(user_id, ROW_LATEST, &account))
		account_unknown_user(user_id);
	return account.balance_micros;
}

/* The triggers on users run within. */
static int64
write_change(Row *row, int64 delta_micros, int64 held_micros)
{
	int64 balance_micros = row_micros(row, USER_BALANCE) + delta_micros;

	row_change(row);
	if (delta_micros != 0)
		row_set_micros(row, USER_BALANCE, balance_micros);
	if (held_micros != 0)
		row_set_micros(row, USER_HELD, row_micros(row, USER_HELD) + held_micros);
	row_update(row);
	return balance_micros;
}

static int64
change(const pg_uuid_t *user_id, int64 delta_micros, int64 held_micros, const LedgerEntry *entry)
{
	Row row;
	int64 balance_micros;

	row_open(&row, &users, ROW_TO_WRITE);
	if (!find_user(&row, user_id) || !row_lock(&row))
		account_unknown_user(user_id);
	PG_TRY();
	{
		changing_user = user_id;
		changing_entry = entry;
		balance_micros = write_change(&row, delta_micros, held_micros);
	}
	PG_FINALLY();
	{
		changing_user = NULL;
		changing_entry = NULL;
	}
	PG_END_TRY();
	row_close(&row);
	return balance_micros;
}

void
account_hold(const pg_uuid_t *user_id, int64 micros)
{
	static const LedgerEntry no_entry = {NULL, NULL, NULL, NULL};

	change(user_id, 0, micros, &no_entry);
}

int64
account_change(const pg_uuid_t *user_id, int64 delta_micros, int64 released_micros, const LedgerEntry *entry)
{
	return change(user_id, delta_micros, -released_micros, entry);
}

const LedgerEntry *
account_entry_in_progress(const pg_uuid_t *user_id)
{
	if (changing_user == NULL || memcmp(changing_user, user_id, sizeof(pg_uuid_t)) != 0)
		return NULL;
	return changing_entry;
}

void
account_unknown_user(const pg_uuid_t *user_id)
{
	ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
	                errmsg("there is no user %s",
	                       DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(user_id))))));
}
