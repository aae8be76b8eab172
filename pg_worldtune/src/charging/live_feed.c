/*
 * live_feed.c
 *		Reading live events: how things stand with a user, and what happened since.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/uuid.h"

#include "charging/live_event.h"
#include "postgres/compat.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_user_live_snapshot);
PG_FUNCTION_INFO_V1(worldtune_live_events);

#define LIVE_EVENT_COLUMNS 19

/* How long call c had been talked at a moment; it may have been answered by a clock that is ahead, or far behind. */
#define TALKED(moment, over)                                                                                 \
	"CASE WHEN " over " THEN coalesce(c.duration_seconds, 0) WHEN c.answered_at IS NOT NULL"                 \
	" THEN least(2147483647, greatest(0, floor(extract(epoch FROM " moment                                   \
	" - c.answered_at))))::int ELSE 0 END"

/*
 * From call_sid to why: call c, at a moment, with the status and whether it was over then. All NULL where there is no
 * call.
 */
#define CALL_COLUMNS(status, moment, over, type)                                                                           \
	" c.call_sid::text, " status ", c.phone_number::text,"                                                                 \
	" CASE WHEN c.id IS NOT NULL THEN " TALKED(                                                                            \
	    moment,                                                                                                            \
	    over) " END, c.billed_seconds,"                                                                                    \
	          " CASE WHEN " over " THEN c.credits_used WHEN c.id IS NOT NULL THEN 0.000000 END,"                           \
	          " CASE WHEN " over " THEN 0 WHEN c.id IS NOT NULL THEN"                                                      \
	          " greatest(0, c.max_seconds - " TALKED(                                                                      \
	              moment,                                                                                                  \
	              over) ") END, c.max_seconds,"                                                                            \
	                    " CASE WHEN " type                                                                                 \
	                    " <> 'call.ended' THEN NULL WHEN c.status::text = 'rejected' THEN"                                 \
	                    " c.reject_reason::text WHEN c.status::text = 'completed' AND c.duration_seconds >= c.max_seconds" \
	                    " THEN 'time_limit' ELSE c.status::text END"

#define CALL_NOW(type) CALL_COLUMNS("c.status::text", "clock_timestamp()", "c.ended_at IS NOT NULL", type)
#define CALL_THEN CALL_COLUMNS("e.status", "e.at", "e.type = 'call.ended'", "e.type")

/* Whether the events of a user after number `after` are there, and not too many: n is the newest. */
#define FOLLOWS(after, user_id)                                                                              \
	"CASE WHEN n.seq >= " after " AND n.seq - 1000 <= " after " THEN n.seq - " after                         \
	" = (SELECT count(*) FROM worldtune_internal.live_events k WHERE k.user_id = " user_id                   \
	" AND k.seq > " after ") ELSE false END"

#define NEWEST(user_id)                                                                                      \
	"(SELECT k.seq FROM worldtune_internal.live_events k WHERE k.user_id = " user_id                         \
	" ORDER BY k.seq DESC LIMIT 1)"

/*
 * One statement, and so one snapshot: what the numbers say and how things stand belong together. Of events that
 * the snapshot contains, the status, the balance and the microphone are the snapshot's.
 */
static Statement read_snapshot = {
    .sql = "WITH n AS MATERIALIZED (SELECT coalesce(" NEWEST(
        "$1") ", 0) AS seq),"
              " a AS MATERIALIZED (SELECT coalesce(u.credit_balance, 0.000000)::numeric AS balance,"
              " (coalesce(u.credit_balance, 0.000000) - coalesce((SELECT sum(h.credits)"
              " FROM worldtune_internal.holds h WHERE h.user_id = $1), 0))::numeric AS available"
              " FROM (SELECT) one LEFT JOIN ONLY public.users u ON u.id = $1)"
              " SELECT $1, r.seq, r.at, r.type, r.balance, r.available, r.call_id, r.call_sid, r.status, r.number,"
              " r.talked, r.billed, r.cost, r.remaining, r.longest, r.why, r.kind, r.muted, r.request_id FROM ("
              "SELECT n.seq, clock_timestamp(), 'ready', a.balance, a.available, NULL::uuid, NULL, NULL, NULL,"
              " NULL::int, NULL::int, NULL::numeric, NULL::int, NULL::int, NULL, NULL, NULL::boolean, NULL::uuid,"
              " 1, NULL::timestamptz FROM n, a"
              " UNION ALL SELECT NULL, c.created_at, 'call.status', a.balance, a.available, c.id," CALL_NOW(
                  "'call.status'") ", NULL, NULL, NULL, 2, c.created_at"
                                   " FROM a, worldtune_internal.holds h JOIN ONLY public.call_logs c ON c.id = h.call_id"
                                   " WHERE h.user_id = $1"
                                   " UNION ALL SELECT e.seq, e.at, e.type, a.balance, a.available, e.call_id," CALL_NOW(
                                       "e.type") ", e.kind,"
                                                 " last_value(e.muted) OVER (PARTITION BY e.call_id, e.type ORDER BY e.seq"
                                                 " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), e.request_id, 3, NULL"
                                                 " FROM a, n, worldtune_internal.live_events e LEFT JOIN ONLY public.call_logs c ON c.id = e.call_id"
                                                 " WHERE e.user_id = $1 AND e.seq > $2 AND e.type <> 'start' AND " FOLLOWS(
                                                     "$2",
                                                     "$1") " UNION ALL SELECT NULL, clock_timestamp(), 'resync', NULL, NULL, NULL, NULL, NULL, NULL,"
                                                           " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, NULL"
                                                           " FROM n WHERE $2 IS NOT NULL AND NOT " FOLLOWS(
                                                               "$2",
                                                               "$1") ") r (seq, at, type, balance, available, call_id, call_sid, status, number, talked, billed, cost,"
                                                                     " remaining, longest, why, kind, muted, request_id, part, since) ORDER BY r.part, r.since, r.seq",
    .expected = SPI_OK_SELECT,
    .reads = {&users_table, &calls_table},
    .nargs = 2,
    .argtypes = {UUIDOID, INT8OID},
};

static Statement read_events = {
    .sql =
        "SELECT w.user_id, e.seq, coalesce(e.at, clock_timestamp()), coalesce(e.type, 'resync'), e.balance,"
        " e.available, e.call_id," CALL_THEN ", e.kind, e.muted, e.request_id"
        " FROM unnest($1, $2) AS w (user_id, after)"
        " CROSS JOIN LATERAL (SELECT coalesce(" NEWEST(
            "w.user_id") ", 0) AS seq) n"
                         " LEFT JOIN worldtune_internal.live_events e ON e.user_id = w.user_id AND e.seq > w.after"
                         " AND " FOLLOWS(
                             "w.after",
                             "w.user_id") " LEFT JOIN ONLY public.call_logs c ON c.id = e.call_id"
                                          " WHERE n.seq <> w.after AND e.type IS DISTINCT FROM 'start' ORDER BY w.user_id, e.seq",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {UUIDARRAYOID, INT8ARRAYOID},
};

Datum
worldtune_user_live_snapshot(PG_FUNCTION_ARGS)
{
	char nulls[] = {' ', PG_ARGISNULL(1) ? 'n' : ' '};
	Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};

	require_argument(fcinfo, 0, "user_id");
	live_event_start(PG_GETARG_UUID_P(0));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_run(&read_snapshot, values, nulls);
	result_add_rows(fcinfo, LIVE_EVENT_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}

static int
length_of(ArrayType *array)
{
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

Datum
worldtune_live_events(PG_FUNCTION_ARGS)
{
	Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};

	require_argument(fcinfo, 0, "user_ids");
	require_argument(fcinfo, 1, "after");
	if (length_of(PG_GETARG_ARRAYTYPE_P(0)) != length_of(PG_GETARG_ARRAYTYPE_P(1)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("user_ids and after must have the same number of elements")));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_query(&read_events, values, NULL);
	result_add_rows(fcinfo, LIVE_EVENT_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}
