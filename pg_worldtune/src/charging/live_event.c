/*
 * live_event.c
 *		Writing live events, and asking pages to mute a call. See live_event.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "charging/hold.h"
#include "charging/live_event.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_request_mute);

enum
{
	EVENT_USER_ID,
	EVENT_SEQ,
	EVENT_AT,
	EVENT_TYPE,
	EVENT_BALANCE,
	EVENT_AVAILABLE,
	EVENT_CALL_ID,
	EVENT_STATUS,
	EVENT_KIND,
	EVENT_MUTED,
	EVENT_REQUEST_ID,
};

static const TableColumn columns[] = {
    [EVENT_USER_ID] = {"user_id", UUIDOID},
    [EVENT_SEQ] = {"seq", INT8OID},
    [EVENT_AT] = {"at", TIMESTAMPTZOID},
    [EVENT_TYPE] = {"type", TEXTOID},
    [EVENT_BALANCE] = {"balance", NUMERICOID},
    [EVENT_AVAILABLE] = {"available", NUMERICOID},
    [EVENT_CALL_ID] = {"call_id", UUIDOID},
    [EVENT_STATUS] = {"status", TEXTOID},
    [EVENT_KIND] = {"kind", TEXTOID},
    [EVENT_MUTED] = {"muted", BOOLOID},
    [EVENT_REQUEST_ID] = {"request_id", UUIDOID},
};

enum
{
	INDEX_OF_USERS, /* and their numbers, the newest first */
};

Table live_events_table = {
    .schema = "worldtune_internal",
    .name = "live_events",
    .columns = columns,
    .column_count = lengthof(columns),
    .key = EVENT_SEQ,
    .indexes = {[INDEX_OF_USERS] = {"live_events_user", EVENT_USER_ID}},
};

/* In microseconds since 1970: no user has so many events that they overtake the clock, and JavaScript counts so far. */
static int64
first_seq(TimestampTz now)
{
	return now + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

static bool
find_newest(Row *row, const pg_uuid_t *user_id)
{
	return row_find_greatest(row, INDEX_OF_USERS, (RowKey){EVENT_USER_ID, UUIDPGetDatum(user_id)}, EVENT_SEQ);
}

/* The user's events of now. */
typedef struct Writer
{
	Row row;
	const pg_uuid_t *user_id;
	const Account *account;
	TimestampTz now;
	int64 seq;
} Writer;

/* Whether the user's numbers have begun, and so somebody may want to know; seq is the next one, or the first. */
static bool
open_writer(Writer *writer, const pg_uuid_t *user_id)
{
	bool begun, isnull;

	row_open(&writer->row, &live_events_table, ROW_NEWEST_TO_WRITE);
	writer->user_id = user_id;
	writer->now = GetCurrentTimestamp();
	begun = find_newest(&writer->row, user_id);
	writer->seq =
	    begun ? DatumGetInt64(row_get(&writer->row, EVENT_SEQ, &isnull)) + 1 : first_seq(writer->now);
	return begun;
}

/* What every event says. More may be set before row_append. */
static Row *
new_event(Writer *writer, const char *type)
{
	Row *row = &writer->row;

	row_new(row);
	row_set(row, EVENT_USER_ID, UUIDPGetDatum(writer->user_id));
	row_set(row, EVENT_SEQ, Int64GetDatum(writer->seq++));
	row_set(row, EVENT_AT, TimestampTzGetDatum(writer->now));
	row_set_text(row, EVENT_TYPE, type);
	row_set_micros(row, EVENT_BALANCE, writer->account->balance_micros);
	row_set_micros(row, EVENT_AVAILABLE, account_available(writer->account));
	return row;
}

static Row *
new_call_event(Writer *writer, const char *type, const Call *call)
{
	Row *row = new_event(writer, type);

	row_set(row, EVENT_CALL_ID, UUIDPGetDatum(&call->id));
	row_set_text(row, EVENT_STATUS, call_status_to_text(call->state.status));
	return row;
}

static void
write_status(Writer *writer, const Call *call)
{
	const char *type = call_status_is_final(call->state.status) ? "call.ended" : "call.status";

	row_append(new_call_event(writer, type, call));
}

static void
close_writer(Writer *writer)
{
	row_close(&writer->row);
}

void
live_event_call(const Call *call, const Account *account)
{
	Writer writer = {.account = account};

	if (open_writer(&writer, &call->user_id))
		write_status(&writer, call);
	close_writer(&writer);
}

void
live_event_low(const Call *call, const Account *account)
{
	Writer writer = {.account = account};

	if (open_writer(&writer, &call->user_id))
		row_append(new_call_event(&writer, "credit.low", call));
	close_writer(&writer);
}

void
live_event_credit(const pg_uuid_t *user_id, const char *kind, int64 balance_micros, const Call *ended)
{
	Account account = {.balance_micros = balance_micros};
	Writer writer = {.account = &account};

	if (open_writer(&writer, user_id))
	{
		account.held_micros = hold_sum(user_id, ROW_NEWEST).micros;
		row_set_text(new_event(&writer, "credit.changed"), EVENT_KIND, kind);
		row_append(&writer.row);
		if (ended != NULL)
			write_status(&writer, ended);
	}
	close_writer(&writer);
}

static bool
has_events(const pg_uuid_t *user_id)
{
	Row row;
	bool found;

	row_open(&row, &live_events_table, ROW_NEWEST);
	found = find_newest(&row, user_id);
	row_close(&row);
	return found;
}

void
live_event_start(const pg_uuid_t *user_id)
{
	Account account;
	Writer writer = {.account = &account};

	if (has_events(user_id) || !account_lock(user_id, &account))
		return;
	if (!open_writer(&writer, user_id))
		row_append(new_event(&writer, "start"));
	close_writer(&writer);
}

/* The call, locked, with its user, unless it is over. */
static void
lock_open_call(const char *call_sid, const pg_uuid_t *user_id, Call *call, Account *account)
{
	call_lock_by_sid(call_sid, user_id, call);
	if (call_status_is_final(call->state.status))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("the call is over: it is %s", call_status_to_text(call->state.status))));
	if (!account_lock(user_id, account))
		account_unknown_user(user_id);
}

Datum
worldtune_request_mute(PG_FUNCTION_ARGS)
{
	Call call;
	Account account;
	Writer writer = {.account = &account};
	Row *row;

	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "call_sid");
	require_argument(fcinfo, 2, "muted");
	require_argument(fcinfo, 3, "request_id");
	lock_open_call(text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_UUID_P(0), &call, &account);
	open_writer(&writer, &call.user_id);
	row = new_call_event(&writer, "call.mute", &call);
	row_set(row, EVENT_MUTED, PG_GETARG_DATUM(2));
	row_set(row, EVENT_REQUEST_ID, PG_GETARG_DATUM(3));
	row_append(row);
	close_writer(&writer);
	call_close(&call);
	PG_RETURN_VOID();
}
