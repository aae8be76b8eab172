/*
 * ledger.h
 *		What is booked: rows of credit_ledger, and beside each, where its user cannot read it, who made it and
 *		why.
 */
#ifndef WORLDTUNE_LEDGER_H
#define WORLDTUNE_LEDGER_H

#include "utils/uuid.h"

#include "postgres/claims.h"
#include "postgres/row.h"

struct Call;

/* Why a balance changes. What is absent is NULL. */
typedef struct LedgerEntry
{
	const char *kind;
	Actor actor; /* as claims_actor() told when our function began */
	const pg_uuid_t *call_id;
	const pg_uuid_t *transaction_id;
	const char *note;            /* the user may read it */
	const char *remark;          /* the back office's, which the user may not read */
	const char *idempotency_key; /* of the request that it answers */
	const struct Call *ended;    /* the call that ends by it: its user's pages are told of both together */
} LedgerEntry;

/* The note of the entry that takes a deleted user's balance to zero. */
#define LEDGER_USER_DELETED "user deleted"

/*
 * Writes the row of a balance that changed by delta. balance_after continues from the user's newest row, so
 * that the chain holds in whatever order one statement's changes are booked. The user's row is locked.
 */
extern void ledger_write(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry);

/* The same of a user who was deleted, and owns nothing any more: a second entry takes it back. */
extern void ledger_write_off(const pg_uuid_t *user_id, int64 delta_micros, const LedgerEntry *entry);

/* An entry that is there. */
typedef struct LedgerRecord
{
	int64 id;
	char *kind;
	bool has_call;
	pg_uuid_t call_id;
	int64 delta_micros;
	int64 balance_after_micros;
} LedgerRecord;

/*
 * The entry of a purchase, of its charge-back, and the one that an earlier request with that key made for the
 * user; false when there is none.
 */
extern bool ledger_find_purchase(const pg_uuid_t *transaction_id, LedgerRecord *record);
extern bool ledger_find_chargeback(const pg_uuid_t *transaction_id, LedgerRecord *record);
extern bool ledger_find_by_key(const pg_uuid_t *user_id, const char *idempotency_key, LedgerRecord *record);

/* The tables, for statements that read them and for the triggers on them. */
extern Table ledger_table;
extern Table ledger_details_table;

#endif
