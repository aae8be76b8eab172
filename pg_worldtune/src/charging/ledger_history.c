/*
 * ledger_history.c
 *		A user's own ledger, as rows of worldtune.ledger_entry.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/uuid.h"

#include "charging/call.h"
#include "charging/ledger.h"
#include "charging/page.h"
#include "postgres/claims.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_user_ledger);
PG_FUNCTION_INFO_V1(worldtune_my_ledger);

#define ENTRY_COLUMNS 9

/*
 * The order of a user's entries is that of their time, so the index by id serves. The page ends before the first
 * entry that is older than its oldest.
 */
static Statement newest_entries = {
    .sql = "WITH page AS MATERIALIZED (SELECT id, created_at FROM ONLY public.credit_ledger"
           " WHERE user_id = $1 AND created_at < $2 ORDER BY id DESC LIMIT $3),"
           " ends AS (SELECT max(id) AS newest, min(id) AS oldest, min(created_at) AS instant FROM page)"
           " SELECT l.id, l.created_at, l.kind::text, l.delta, l.balance_after, l.call_id, c.call_sid::text,"
           " l.transaction_id, l.note::text"
           " FROM ends e JOIN ONLY public.credit_ledger l ON l.user_id = $1 AND l.id <= e.newest"
           " AND l.id > coalesce((SELECT b.id FROM ONLY public.credit_ledger b"
           " WHERE b.user_id = $1 AND b.id < e.oldest AND b.created_at < e.instant"
           " ORDER BY b.id DESC LIMIT 1), -9223372036854775808)"
           " LEFT JOIN ONLY public.call_logs c ON c.id = l.call_id ORDER BY l.id DESC",
    .expected = SPI_OK_SELECT,
    .reads = {&ledger_table, &calls_table},
    .nargs = 3,
    .argtypes = {UUIDOID, TIMESTAMPTZOID, INT4OID},
};

Datum
worldtune_user_ledger(PG_FUNCTION_ARGS)
{
	require_argument(fcinfo, 0, "user_id");
	page_of_user(fcinfo, &newest_entries, PG_GETARG_UUID_P(0), 1, ENTRY_COLUMNS);
	return (Datum) 0;
}

Datum
worldtune_my_ledger(PG_FUNCTION_ARGS)
{
	pg_uuid_t user_id;

	claims_require_user_id(&user_id);
	page_of_user(fcinfo, &newest_entries, &user_id, 0, ENTRY_COLUMNS);
	return (Datum) 0;
}
