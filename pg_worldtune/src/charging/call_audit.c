/*
 * call_audit.c
 *		The carrier's list of calls beside ours, both ways.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"

#include "charging/call.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_compare_calls);

#define FINDING_COLUMNS 11

/*
 * A dialled leg belongs to its parent, or, where the carrier says none (a conference), to the call that has its SID. Beyond the
 * span of time, calls that the carrier lists are looked up by their SIDs: midnight is not the same for everyone.
 */
static Statement compare_calls = {
    .sql =
        "WITH near AS (SELECT c.id, c.user_id, c.call_sid::text AS call_sid, c.dial_call_sid::text AS dial_call_sid, c.status::text AS status,"
        " c.duration_seconds::int AS seconds, c.billed_at, c.ended_at::timestamptz AS ended_at, c.credits_used::numeric - c.credits_refunded::numeric AS charged,"
        " c.created_at::timestamptz >= $1 AND c.created_at::timestamptz < $2 AS within FROM ONLY public.call_logs c"
        " WHERE c.authorized_at IS NOT NULL AND c.call_sid IS NOT NULL"
        " AND c.created_at >= $1 - interval '1 day' AND c.created_at < $2 + interval '1 day'),"
        " told AS (SELECT x.sid, nullif(x.parent_call_sid, '') AS parent, x.status,"
        " CASE WHEN x.duration ~ '^[0-9]{1,9}$' THEN x.duration::int END AS seconds,"
        " CASE WHEN x.price_unit = 'USD' AND x.price ~ '^-?[0-9]{1,9}([.][0-9]{1,12})?$' THEN abs(x.price::numeric) END AS price"
        " FROM jsonb_to_recordset($3) x(sid text, parent_call_sid text, status text, duration text, price text, price_unit text)"
        " WHERE x.sid IS NOT NULL),"
        " legs AS (SELECT coalesce(t.parent, n.call_sid, t.sid) AS call_sid, t.parent IS NOT NULL OR n.id IS NOT NULL AS dialled, t.status, t.seconds, t.price"
        " FROM told t LEFT JOIN near n ON n.dial_call_sid = t.sid AND t.parent IS NULL),"
        " theirs AS (SELECT l.call_sid, coalesce(max(l.status) FILTER (WHERE l.dialled), max(l.status)) AS status,"
        " max(l.seconds) FILTER (WHERE l.dialled AND l.status = 'completed') AS seconds, sum(l.price) AS cost,"
        " bool_or(l.price IS NULL AND l.status = 'completed' AND l.seconds > 0) AS unpriced, bool_or(l.dialled) AS dialled FROM legs l GROUP BY 1)"
        " SELECT f.finding, coalesce(o.call_sid, t.call_sid), o.id, o.user_id, t.status, o.status, t.seconds, o.seconds, t.cost, o.charged, o.ended_at"
        " FROM theirs t FULL JOIN near o ON o.call_sid = t.call_sid"
        " CROSS JOIN LATERAL (VALUES (1, 'unknown_to_us', o.id IS NULL),"
        " (2, 'unknown_to_carrier', t.call_sid IS NULL AND o.within),"
        " (3, 'unbilled', t.seconds > 0 AND o.billed_at IS NULL AND o.id IS NOT NULL),"
        " (4, 'other_seconds', o.billed_at IS NOT NULL AND abs(t.seconds - o.seconds) > 1"
        " OR o.billed_at IS NOT NULL AND o.charged > 0 AND t.dialled AND coalesce(t.seconds, 0) = 0),"
        " (5, 'dearer_than_sold', t.cost > o.charged),"
        " (6, 'price_unknown', t.unpriced AND o.ended_at < now() - interval '1 day')) f(place, finding, holds)"
        " WHERE f.holds ORDER BY f.place, coalesce(t.cost, 0) - coalesce(o.charged, 0) DESC, 2",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 3,
    .argtypes = {TIMESTAMPTZOID, TIMESTAMPTZOID, JSONBOID},
};

Datum
worldtune_compare_calls(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"since", "until", "legs"};
	Datum values[3];

	for (int i = 0; i < 3; i++)
	{
		require_argument(fcinfo, i, names[i]);
		values[i] = PG_GETARG_DATUM(i);
	}
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_query(&compare_calls, values, NULL);
	result_add_rows(fcinfo, FINDING_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}
