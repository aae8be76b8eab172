/*
 * account.c
 *		A user's money. See account.h.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "charging/hold.h"
#include "postgres/advisory.h"
#include "postgres/errors.h"
#include "postgres/money.h"
#include "postgres/row.h"

static const TableColumn user_columns[] = {
    [USER_ID] = {"id", UUIDOID},
    [USER_BALANCE] = {"credit_balance", NUMERICOID},
};

Table users_table = {
    .schema = "public",
    .name = "users",
    .columns = user_columns,
    .column_count = lengthof(user_columns),
    .key = USER_ID,
};

/* Set only while change runs, so that the triggers know the extension's own work from everybody else's. */
static const pg_uuid_t *changing_user = NULL;
static const LedgerEntry *changing_entry = NULL;
static int64 changing_delta = 0;

static bool
find_user(Row *row, const pg_uuid_t *user_id)
{
	RowKey key = {USER_ID, UUIDPGetDatum(user_id)};

	return row_find(row, ROW_BY_KEY, &key, 1, ROW_ANY);
}

static void
read_account(Row *row, const pg_uuid_t *user_id, RowAccess holds, Account *account)
{
	Holds sum = hold_sum(user_id, holds);

	account->balance_micros = row_micros(row, USER_BALANCE);
	account->held_micros = sum.micros;
	account->open_calls = sum.count;
}

/* Opens the user's row and locks it if nobody else has. */
static RowLock
try_user(Row *row, const pg_uuid_t *user_id)
{
	row_open(row, &users_table, ROW_TO_WRITE);
	return find_user(row, user_id) ? row_lock(row, false) : ROW_GONE;
}

/*
 * Opens the user's row and locks it, in a queue: a crowd that waits for a row wakes up as a whole whenever the
 * row changes, a queue wakes the next. Whoever holds the row does not queue for it: a transaction that has
 * written may do, so it tries the row first.
 */
static bool
lock_user(Row *row, const pg_uuid_t *user_id)
{
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
	{
		RowLock lock = try_user(row, user_id);

		if (lock != ROW_BUSY)
			return lock == ROW_LOCKED;
		row_close(row);
	}
	advisory_lock(ADVISORY_USER, user_id->data, UUID_LEN);
	row_open(row, &users_table, ROW_TO_WRITE);
	return find_user(row, user_id) && row_lock(row, true) == ROW_LOCKED;
}

bool
account_is_busy(const pg_uuid_t *user_id)
{
	Row row;
	RowLock lock = try_user(&row, user_id);

	row_close(&row);
	return lock == ROW_BUSY;
}

bool
account_lock(const pg_uuid_t *user_id, Account *account)
{
	Row row;
	bool locked = lock_user(&row, user_id);

	if (locked)
		read_account(&row, user_id, ROW_NEWEST, account);
	row_close(&row);
	return locked;
}

bool
account_read(const pg_uuid_t *user_id, RowAccess access, Account *account)
{
	Row row;
	bool found;

	row_open(&row, &users_table, access);
	found = find_user(&row, user_id);
	if (found)
		read_account(&row, user_id, access == ROW_OF_QUERY ? ROW_OF_QUERY : ROW_NEWEST, account);
	row_close(&row);
	return found;
}

/* The triggers on users run within. */
static int64
write_change(Row *row, int64 delta_micros)
{
	int64 balance_micros = row_micros(row, USER_BALANCE) + delta_micros;

	row_change(row);
	row_set_micros(row, USER_BALANCE, balance_micros);
	row_update(row);
	return balance_micros;
}

/*
 * The booking trigger finds the entry in changing_entry. A trigger of the application that runs within may
 * itself call our functions, for this user or another one: the outer pair is kept and put back.
 */
bool
account_try_change(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry,
                   int64 *balance_micros)
{
	const pg_uuid_t *outer_user = changing_user;
	const LedgerEntry *outer_entry = changing_entry;
	int64 outer_delta = changing_delta;
	Row row;
	bool is_booked;

	if (!lock_user(&row, user_id))
	{
		row_close(&row);
		return false;
	}
	PG_TRY();
	{
		changing_user = user_id;
		changing_entry = entry;
		changing_delta = delta_micros;
		*balance_micros = write_change(&row, delta_micros);
		is_booked = changing_user == NULL;
	}
	PG_FINALLY();
	{
		changing_user = outer_user;
		changing_entry = outer_entry;
		changing_delta = outer_delta;
	}
	PG_END_TRY();
	row_close(&row);
	if (!is_booked)
		ereport(ERROR,
		        (errcode(ERRCODE_SETUP_REQUIRED),
		         errmsg("the trigger that books changes of public.users did not run"),
		         errhint("Run SELECT * FROM worldtune.setup(), or enable the triggers of public.users.")));
	return true;
}

int64
account_change(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry)
{
	int64 balance_micros;

	if (!account_try_change(user_id, delta_micros, entry, &balance_micros))
		account_unknown_user(user_id);
	return balance_micros;
}

const LedgerEntry *
account_take_entry(const pg_uuid_t *user_id, int64 delta_micros)
{
	if (changing_user == NULL || memcmp(changing_user, user_id, sizeof(pg_uuid_t)) != 0 ||
	    delta_micros != changing_delta)
		return NULL;
	changing_user = NULL;
	return changing_entry;
}

void
account_unknown_user(const pg_uuid_t *user_id)
{
	ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
	                errmsg("there is no user %s",
	                       DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(user_id))))));
}
