/*
 * account.h
 *		A user's money: what is owned, what is held for calls in progress, what is free to spend.
 */
#ifndef WORLDTUNE_ACCOUNT_H
#define WORLDTUNE_ACCOUNT_H

#include "utils/uuid.h"

#include "postgres/row.h"

typedef struct Account
{
	int64 balance_micros;
	int64 held_micros;
} Account;

#define account_available(account) ((account)->balance_micros - (account)->held_micros)
#define account_is_low(account, rules) (account_available(account) < (rules)->low_balance_micros)

/*
 * Reads the user's row; account_lock also locks it until the transaction ends, which is what serialises
 * everything that spends this user's credit. False when there is no such user.
 */
extern bool account_lock(const pg_uuid_t *user_id, Account *account);
extern bool account_read(const pg_uuid_t *user_id, RowAccess access, Account *account);

/* Adds to the user's holds. The row is locked, and the hold fits what is available. */
extern void account_hold(const pg_uuid_t *user_id, int64 micros);

/* Why a balance changes: the columns of the ledger row. Absent ids are NULL. */
typedef struct LedgerEntry
{
	const char *kind;
	const pg_uuid_t *call_id;
	const pg_uuid_t *transaction_id;
	const char *note;
} LedgerEntry;

/*
 * Adds delta to the balance and takes released from the holds, in one UPDATE; the ledger row is written with
 * it when delta is not zero. Returns the new balance. Errors: P0002 when there is no such user, 55000 when the
 * booking trigger is missing.
 */
extern int64 account_change(const pg_uuid_t *user_id, int64 delta_micros, int64 released_micros,
                            const LedgerEntry *entry);

/* What account_change is doing to this user at this moment, for the triggers on users; NULL when it is not.
 */
extern const LedgerEntry *account_entry_in_progress(const pg_uuid_t *user_id);

/* The same, for the trigger that books it: what the application's triggers change after it is their own. */
extern const LedgerEntry *account_take_entry(const pg_uuid_t *user_id);

extern void account_unknown_user(const pg_uuid_t *user_id) pg_attribute_noreturn();

#endif
