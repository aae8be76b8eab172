/*
 * account.c
 *		A user's money. See account.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "account.h"
#include "money.h"
#include "statement.h"

#define SELECT_ACCOUNT                                                                                       \
	"SELECT u.credit_balance, u.credit_held, s.low_balance,"                                                 \
	" coalesce(l.max_call_seconds, s.max_call_seconds), s.limited OR l.user_id IS NOT NULL, s.caller_id"     \
	" FROM public.users u LEFT JOIN worldtune.settings s ON true"                                            \
	" LEFT JOIN worldtune.user_limits l ON l.user_id = u.id WHERE u.id = $1"

static Statement lock_account = {
    .sql = SELECT_ACCOUNT " FOR NO KEY UPDATE OF u",
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {UUIDOID},
};

static Statement read_account = {
    .sql = SELECT_ACCOUNT,
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {UUIDOID},
};

static Statement change_account = {
    .sql = "UPDATE public.users SET credit_balance = credit_balance + $2, credit_held = credit_held + $3"
           " WHERE id = $1 RETURNING credit_balance",
    .expected = SPI_OK_UPDATE_RETURNING,
    .nargs = 3,
    .argtypes = {UUIDOID, NUMERICOID, NUMERICOID},
};

/* Set only while change_account runs, so that the triggers know the extension's own work from everybody
 * else's. */
static const pg_uuid_t *changing_user = NULL;
static const LedgerEntry *changing_entry = NULL;

/* The setting is E.164 by its CHECK. */
static void
read_caller_id(Account *account)
{
	char *caller_id = statement_string(6);

	account->has_caller_id = caller_id != NULL;
	if (account->has_caller_id)
		account->caller_id.length =
		    strlcpy(account->caller_id.digits, caller_id + strlen("+"), E164_MAX_DIGITS + 1);
}

/* The account in the first row of SPI_tuptable. */
static void
read_row(Account *account)
{
	bool no_settings;

	account->balance_micros = statement_micros(1);
	account->held_micros = statement_micros(2);
	account->low_balance_micros = statement_micros(3);
	account->max_call_seconds = statement_int32(4);
	account->limited = DatumGetBool(statement_value(5, &no_settings));
	read_caller_id(account);
	if (no_settings)
		ereport(ERROR,
		        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("worldtune.settings has no row"),
		         errhint("Run SELECT * FROM worldtune.setup().")));
}

bool
account_lock(const pg_uuid_t *user_id, Account *account)
{
	Datum values[] = {UUIDPGetDatum(user_id)};

	if (statement_run(&lock_account, values, NULL) == 0)
		return false;
	read_row(account);
	return true;
}

bool
account_read(const pg_uuid_t *user_id, Account *account)
{
	Datum values[] = {UUIDPGetDatum(user_id)};

	if (statement_query(&read_account, values, NULL) == 0)
		return false;
	read_row(account);
	return true;
}

int64
account_balance(const pg_uuid_t *user_id)
{
	Datum values[] = {UUIDPGetDatum(user_id)};

	if (statement_run(&read_account, values, NULL) == 0)
		account_unknown_user(user_id);
	return statement_micros(1);
}

static int64
change(const pg_uuid_t *user_id, int64 delta_micros, int64 held_micros, const LedgerEntry *entry)
{
	Datum values[] = {UUIDPGetDatum(user_id), MicrosGetDatum(delta_micros), MicrosGetDatum(held_micros)};
	uint64 found;

	PG_TRY();
	{
		changing_user = user_id;
		changing_entry = entry;
		found = statement_run(&change_account, values, NULL);
	}
	PG_FINALLY();
	{
		changing_user = NULL;
		changing_entry = NULL;
	}
	PG_END_TRY();

	if (found == 0)
		account_unknown_user(user_id);
	return statement_micros(1);
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
