/*
 * account.h
 *		A user's money: what is owned, what is held for calls in progress, what is free to spend.
 */
#ifndef WORLDTUNE_ACCOUNT_H
#define WORLDTUNE_ACCOUNT_H

#include "utils/uuid.h"

#include "charging/ledger.h"
#include "postgres/row.h"

typedef struct Account
{
	int64 balance_micros;
	int64 held_micros; /* the sum of the open calls' holds */
	int32 open_calls;
} Account;

#define account_available(account) ((account)->balance_micros - (account)->held_micros)
#define account_is_low(account, rules) (account_available(account) < (rules)->low_balance_micros)

/*
 * Reads the user's row and holds; account_lock also locks the row until the transaction ends, which is what
 * serialises everything that spends this user's credit. False when there is no such user.
 */
extern bool account_lock(const pg_uuid_t *user_id, Account *account);

/* Whether another session has locked the user's row; if not, it is locked now. */
extern bool account_is_busy(const pg_uuid_t *user_id);
extern bool account_read(const pg_uuid_t *user_id, RowAccess access, Account *account);

/*
 * Adds delta, which is not zero, to the balance; the ledger row is written with it. Returns the new balance.
 * Errors: P0002 when there is no such user, PT503 when the booking trigger is missing.
 */
extern int64 account_change(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry);

/* The same; false, and nothing is done, when there is no such user. */
extern bool account_try_change(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry,
                               int64 *balance_micros);

/*
 * Why the balance of this user changes by so much, where that is account_change's own doing, for the trigger that
 * books it; NULL for anybody else's change, those that the application's triggers make meanwhile included.
 */
extern const LedgerEntry *account_take_entry(const pg_uuid_t *user_id, int64 delta_micros);

/* The application's users, for statements that read them and for the triggers on them. */
enum
{
	USER_ID,
	USER_BALANCE,
};

extern Table users_table;

extern void account_unknown_user(const pg_uuid_t *user_id) pg_attribute_noreturn();

#endif
