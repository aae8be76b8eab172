/*
 * charge_queue.c
 *		The calls of which the carrier has not told what it charges. See charge_queue.h.
 *
 * A call puts itself into no queue: that would cost every call. Whoever asks for the queue first collects the
 * calls that have come since the last time; their ids begin with the time, so that the index of the key finds
 * them among however many. There they stay for minutes, at most for a day after their end.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/timestamp.h"

#include "charging/call.h"
#include "charging/carrier_charge.h"
#include "charging/charge_queue.h"
#include "postgres/result.h"
#include "postgres/statement.h"
#include "postgres/uuid7.h"

PG_FUNCTION_INFO_V1(worldtune_calls_without_charges);
PG_FUNCTION_INFO_V1(worldtune_charges_given_up);

#define MAX_PAGE_SIZE 1000
#define MAX_PAUSE_SECONDS 3600
#define UNCHARGED_COLUMNS 7

/* What the carrier told of call $1 or c.id, if it is both legs. */
#define ARE_KNOWN(call_id)                                                                                   \
	" (SELECT FROM worldtune.carrier_charges k WHERE k.call_id = " call_id " AND NOT k.estimated"            \
	" HAVING bool_or(k.item = 'both_legs')"                                                                  \
	" OR count(*) FILTER (WHERE k.item IN ('caller_leg', 'dialled_leg')) = 2)"

static Statement take_out = {
    .sql = "DELETE FROM worldtune_internal.charge_queue q WHERE q.call_id = $1 AND EXISTS" ARE_KNOWN("$1"),
    .expected = SPI_OK_DELETE,
    .reads = {&charges_table},
    .nargs = 1,
    .argtypes = {UUIDOID},
};

void
charge_queue_check(const pg_uuid_t *call_id)
{
	Datum values[] = {UUIDPGetDatum(call_id)};

	SPI_connect();
	statement_run(&take_out, values, NULL);
	SPI_finish();
}

/*
 * From when to when calls are collected now: since the last time, however long ago, an hour at once; the first
 * time, of the last day. Ten minutes overlap, for calls of transactions that took so long to commit, or that got
 * their SID later. No row when another session is collecting.
 */
static Statement next_span = {
    .sql =
        "UPDATE worldtune_internal.charge_cursor"
        " SET collected_until = least(clock_timestamp(), o.since + interval '1 hour')"
        " FROM (SELECT CASE WHEN isfinite(collected_until) THEN collected_until ELSE now() - interval '1 day' END AS since"
        " FROM worldtune_internal.charge_cursor FOR UPDATE SKIP LOCKED) o"
        " RETURNING o.since - interval '10 minutes', collected_until, collected_until < o.since + interval '1 hour'",
    .expected = SPI_OK_UPDATE_RETURNING,
};

/*
 * Calls in progress, too: hand_out skips them until they are over. A call that another session is deleting from
 * the queue at this moment may come back by this; it is deleted again when its charges are next looked at.
 */
static Statement collect = {
    .sql = "INSERT INTO worldtune_internal.charge_queue (call_id, ask_at)"
           " SELECT c.id, now() FROM ONLY public.call_logs c WHERE c.id >= $1 AND c.id < $2"
           " AND c.authorized_at IS NOT NULL AND c.call_sid IS NOT NULL"
           " AND NOT EXISTS (SELECT FROM worldtune_internal.charge_queue q WHERE q.call_id = c.id)"
           " AND NOT EXISTS" ARE_KNOWN("c.id") " ON CONFLICT DO NOTHING",
    .expected = SPI_OK_INSERT,
    .reads = {&calls_table, &charges_table},
    .nargs = 2,
    .argtypes = {UUIDOID, UUIDOID},
};

/* False when there is nothing left to collect, or another session is at it. */
static bool
collect_span(uint64 *collected)
{
	pg_uuid_t from, until;
	Datum values[] = {UUIDPGetDatum(&from), UUIDPGetDatum(&until)};
	bool complete;

	if (statement_run(&next_span, NULL, NULL) == 0)
		return false;
	from = uuid7_floor(DatumGetTimestampTz(statement_value_not_null(1)));
	until = uuid7_floor(DatumGetTimestampTz(statement_value_not_null(2)) + USECS_PER_SEC);
	complete = DatumGetBool(statement_value_not_null(3));
	*collected = statement_run(&collect, values, NULL);
	return !complete;
}

/* One span that has calls: after a pause there may be many. */
static void
collect_calls(void)
{
	uint64 collected = 0;

	while (collected == 0 && collect_span(&collected))
		;
}

/*
 * Who gets a call has it to himself until it is asked for again: after as long as it has been over, so that the
 * pauses double, at least $2 seconds. After a day it is handed out once more, and no more.
 */
static Statement hand_out = {
    .sql =
        "WITH found AS (SELECT c.id, c.user_id, c.call_sid, c.dial_call_sid, c.status, c.ended_at,"
        " c.ended_at <= now() - interval '1 day' AS last"
        " FROM worldtune_internal.charge_queue q JOIN ONLY public.call_logs c ON c.id = q.call_id"
        " WHERE q.ask_at <= now() AND c.ended_at IS NOT NULL AND c.user_id IS NOT NULL"
        " ORDER BY q.call_id LIMIT $1 FOR UPDATE OF q SKIP LOCKED),"
        " claimed AS (UPDATE worldtune_internal.charge_queue q"
        " SET ask_at = now() + greatest(now() - f.ended_at, $2 * interval '1 second')"
        " FROM found f WHERE q.call_id = f.id AND NOT f.last),"
        " given_up AS (DELETE FROM worldtune_internal.charge_queue q USING found f"
        " WHERE q.call_id = f.id AND f.last)"
        " SELECT id, user_id, call_sid::text, dial_call_sid::text, status::text, ended_at::timestamptz, last"
        " FROM found ORDER BY id",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 2,
    .argtypes = {INT4OID, INT4OID},
};

Datum
worldtune_calls_without_charges(PG_FUNCTION_ARGS)
{
	Datum values[] = {
	    Int32GetDatum(argument_between(fcinfo, 0, "page_size", MAX_PAGE_SIZE)),
	    Int32GetDatum(argument_between(fcinfo, 1, "pause_seconds", MAX_PAUSE_SECONDS)),
	};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	collect_calls();
	statement_run(&hand_out, values, NULL);
	result_add_rows(fcinfo, UNCHARGED_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}

static Statement given_up = {
    .sql =
        "SELECT c.id, c.user_id, c.call_sid::text, c.dial_call_sid::text, c.status::text, c.ended_at::timestamptz, true"
        " FROM ONLY public.call_logs c WHERE c.id >= $1 AND c.authorized_at IS NOT NULL AND c.call_sid IS NOT NULL"
        " AND c.ended_at <= now() - interval '1 day' AND NOT EXISTS" ARE_KNOWN("c.id") " ORDER BY c.id",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table, &charges_table},
    .nargs = 1,
    .argtypes = {UUIDOID},
};

Datum
worldtune_charges_given_up(PG_FUNCTION_ARGS)
{
	pg_uuid_t from;
	Datum values[] = {UUIDPGetDatum(&from)};
	TimestampTz since;

	require_argument(fcinfo, 0, "since");
	since = PG_GETARG_TIMESTAMPTZ(0);
	/* Ids count from 1970 on; no call is older than 2000. */
	from = uuid7_floor(since > 0 ? since : 0);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_query(&given_up, values, NULL);
	result_add_rows(fcinfo, UNCHARGED_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}
