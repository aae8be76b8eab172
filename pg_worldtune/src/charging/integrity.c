/*
 * integrity.c
 *		The invariants of the books, each a query that finds what violates it.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "charging/application.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_check_integrity);

#define VIOLATION_COLUMNS 4

/* Each query answers: invariant, user_id, call_id, detail. */
static Statement invariants[] = {
    {
        .sql =
            "SELECT 'balance_is_sum_of_ledger', coalesce(u.id, l.user_id), NULL::uuid,"
            " format('balance %s, ledger %s', coalesce(u.credit_balance, 0), coalesce(l.total, 0))"
            " FROM ONLY public.users u FULL JOIN"
            " (SELECT user_id, sum(delta) AS total FROM ONLY public.credit_ledger GROUP BY user_id) l ON l.user_id = u.id"
            " WHERE coalesce(u.credit_balance, 0) <> coalesce(l.total, 0)",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        /* The newest balance_after follows: the chain begins at zero and its sum is the balance. */
        .sql =
            "SELECT 'entry_follows_from_the_one_before', user_id, call_id,"
            " format('entry %s: %s + %s is not %s', id, before, delta, balance_after)"
            " FROM (SELECT *, coalesce(lag(balance_after) OVER (PARTITION BY user_id ORDER BY id), 0) AS before"
            " FROM ONLY public.credit_ledger) l"
            " WHERE before + delta <> balance_after",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql =
            "SELECT 'billed_call_has_its_ledger_rows', c.user_id, c.id,"
            " format('used %s, ledger %s; refunded %s, ledger %s', c.credits_used, coalesce(-l.charged, 0),"
            " c.credits_refunded, coalesce(l.refunded, 0))"
            " FROM ONLY public.call_logs c LEFT JOIN (SELECT call_id, user_id,"
            " sum(delta) FILTER (WHERE kind IN ('call', 'adjustment')) AS charged,"
            " sum(delta) FILTER (WHERE kind = 'refund') AS refunded"
            " FROM ONLY public.credit_ledger WHERE call_id IS NOT NULL GROUP BY call_id, user_id) l"
            " ON l.call_id = c.id AND l.user_id = c.user_id"
            " WHERE c.authorized_at IS NOT NULL AND (coalesce(-l.charged, 0) <> c.credits_used"
            " OR coalesce(l.refunded, 0) <> c.credits_refunded)",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql =
            "SELECT 'refunds_stay_within_the_charge', user_id, id,"
            " format('refunded %s of %s', credits_refunded, credits_used)"
            " FROM ONLY public.call_logs WHERE credits_refunded > credits_used AND authorized_at IS NOT NULL",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql =
            "SELECT 'charge_belongs_to_a_billed_call', l.user_id, l.call_id, format('entry %s', l.id)"
            " FROM ONLY public.credit_ledger l LEFT JOIN ONLY public.call_logs c ON c.id = l.call_id AND c.user_id = l.user_id"
            " WHERE (l.call_id IS NOT NULL OR l.kind IN ('call', 'refund')) AND c.billed_at IS NULL",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        /* A correction downwards stops at what was refunded before. */
        .sql =
            "SELECT 'bill_is_rate_times_seconds', user_id, id,"
            " format('used %s for %s s at %s', credits_used, billed_seconds, rate)"
            " FROM ONLY public.call_logs"
            " WHERE authorized_at IS NOT NULL AND billed_at IS NOT NULL AND (ended_at IS NULL OR billed_seconds IS NULL"
            " OR credits_used <> greatest(credits_refunded, CASE WHEN billed_seconds = 0 THEN 0"
            " ELSE connection_fee + round(rate * billed_seconds / 60.0, 6) END))",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql =
            "SELECT 'finished_call_holds_nothing', user_id, id, format('%s holds %s', status, credits_held)"
            " FROM ONLY public.call_logs"
            " WHERE authorized_at IS NOT NULL AND credits_held <> 0 AND (ended_at IS NOT NULL OR billed_at IS NOT NULL"
            " OR status IN ('completed', 'busy', 'failed', 'no-answer', 'canceled', 'rejected'))",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        /* Else nobody would end it or ask the carrier what became of it. */
        .sql =
            "SELECT 'open_call_is_watched', c.user_id, c.id, format('%s since %s', c.status, c.authorized_at)"
            " FROM ONLY public.call_logs c WHERE c.authorized_at IS NOT NULL AND c.ended_at IS NULL"
            " AND NOT EXISTS (SELECT FROM worldtune_internal.holds h WHERE h.call_id = c.id)",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql =
            "SELECT 'hold_is_of_an_open_call', h.user_id, h.call_id,"
            " format('holds %s; the call %s %s', h.credits, coalesce(c.status, 'is not there'), c.credits_held)"
            " FROM worldtune_internal.holds h LEFT JOIN ONLY public.call_logs c ON c.id = h.call_id"
            " WHERE (c.user_id, c.credits_held, c.ended_at IS NULL) IS DISTINCT FROM (h.user_id, h.credits, true)",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        /* More may be held than is owned only when the balance fell after the holds were granted. */
        .sql =
            "SELECT 'holds_were_available', u.id, NULL::uuid, format('held %s of %s', h.held, u.credit_balance)"
            " FROM ONLY public.users u JOIN (SELECT user_id, sum(credits) AS held FROM worldtune_internal.holds GROUP BY user_id) h"
            " ON h.user_id = u.id WHERE h.held > greatest(u.credit_balance, 0)"
            " AND NOT EXISTS (SELECT FROM ONLY public.credit_ledger l WHERE l.user_id = u.id AND l.delta < 0"
            " AND l.created_at >= (SELECT min(c.authorized_at) FROM ONLY public.call_logs c"
            " WHERE c.user_id = u.id AND c.credits_held > 0))",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql = "SELECT 'payment_adds_credit_once', min(l.user_id::text)::uuid, NULL::uuid,"
               " format('payment %s was booked %s times', t.payment_intent_id, count(*))"
               " FROM ONLY public.credit_ledger l JOIN ONLY public.transactions t ON t.id = l.transaction_id"
               " WHERE l.kind = 'purchase' GROUP BY t.payment_intent_id HAVING count(*) > 1",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
    {
        .sql = "SELECT 'purchase_is_its_payment', coalesce(l.user_id, t.user_id), NULL::uuid,"
               " format('payment %s: credits %s, ledger %s', t.payment_intent_id, t.credits_added, l.delta)"
               " FROM (SELECT * FROM ONLY public.credit_ledger WHERE kind = 'purchase') l"
               " FULL JOIN (SELECT * FROM ONLY public.transactions WHERE booked_at IS NOT NULL) t"
               " ON t.id = l.transaction_id AND t.user_id = l.user_id"
               " WHERE l.delta IS DISTINCT FROM t.credits_added",
        .expected = SPI_OK_SELECT,
        .parallel = true,
    },
};

Datum
worldtune_check_integrity(PG_FUNCTION_ARGS)
{
	application_require_tables();
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	for (size_t i = 0; i < lengthof(invariants); i++)
	{
		statement_query(&invariants[i], NULL, NULL);
		result_add_rows(fcinfo, VIOLATION_COLUMNS);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_finish();
	return (Datum) 0;
}
