/*
 * call.c
 *		Rows of call_logs. See call.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "access/xact.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "charging/call.h"
#include "charging/hold.h"
#include "postgres/e164_text.h"
#include "postgres/money.h"
#include "postgres/row.h"
#include "postgres/uuid7.h"
#include "rating/number_mask.h"

#define MAX_SID_LENGTH 64

static const TableColumn call_columns[] = {
    [CALL_ID] = {"id", UUIDOID},
    [CALL_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
    [CALL_AUTHORIZED_AT] = {"authorized_at", TIMESTAMPTZOID},
    [CALL_USER_ID] = {"user_id", UUIDOID},
    [CALL_SID] = {"call_sid", TEXTOID},
    [CALL_DIAL_SID] = {"dial_call_sid", TEXTOID},
    [CALL_KEY] = {"idempotency_key", TEXTOID},
    [CALL_STATUS] = {"status", TEXTOID},
    [CALL_REJECT_REASON] = {"reject_reason", TEXTOID},
    [CALL_ATTEMPTS] = {"attempts", INT4OID},
    [CALL_NUMBER] = {"phone_number", TEXTOID},
    [CALL_COUNTRY] = {"country", TEXTOID},
    [CALL_ISO_COUNTRY] = {"iso_country", TEXTOID},
    [CALL_DECK_ID] = {"deck_id", INT8OID},
    [CALL_PREFIX] = {"prefix", TEXTOID},
    [CALL_RATE] = {"rate", NUMERICOID},
    [CALL_CONNECTION_FEE] = {"connection_fee", NUMERICOID},
    [CALL_MINIMUM_SECONDS] = {"minimum_seconds", INT4OID},
    [CALL_INCREMENT_SECONDS] = {"increment_seconds", INT4OID},
    [CALL_MAX_SECONDS] = {"max_seconds", INT4OID},
    [CALL_CREDITS_HELD] = {"credits_held", NUMERICOID},
    [CALL_DURATION_SECONDS] = {"duration_seconds", INT4OID},
    [CALL_BILLED_SECONDS] = {"billed_seconds", INT4OID},
    [CALL_DURATION_MINUTES] = {"duration_minutes", NUMERICOID},
    [CALL_CREDITS_USED] = {"credits_used", NUMERICOID},
    [CALL_CREDITS_REFUNDED] = {"credits_refunded", NUMERICOID},
    [CALL_REPORTED_SECONDS] = {"reported_seconds", INT4ARRAYOID},
    [CALL_ANSWERED_AT] = {"answered_at", TIMESTAMPTZOID},
    [CALL_ENDED_AT] = {"ended_at", TIMESTAMPTZOID},
    [CALL_BILLED_AT] = {"billed_at", TIMESTAMPTZOID},
    [CALL_RECONCILED_AT] = {"reconciled_at", TIMESTAMPTZOID},
    [CALL_NOTE] = {"note", TEXTOID},
    [CALL_CALLER_ID] = {"caller_id", TEXTOID},
    [CALL_PRICE_SOURCE] = {"price_source", TEXTOID},
    [CALL_ORIGINATION] = {"origination", TEXTOID},
};

enum
{
	INDEX_OF_SIDS,
	INDEX_OF_KEYS,
};

Table calls_table = {
    .schema = "public",
    .name = "call_logs",
    .columns = call_columns,
    .column_count = lengthof(call_columns),
    .shared = UINT64CONST(1) << CALL_NUMBER | UINT64CONST(1) << CALL_NOTE,
    .key = CALL_ID,
    .indexes = {[INDEX_OF_SIDS] = {"worldtune_call_sid", CALL_SID},
                [INDEX_OF_KEYS] = {"worldtune_call_key", CALL_USER_ID}},
};

int
call_reported_seconds(Datum value, bool isnull, int32 **seconds)
{
	ArrayType *array;

	if (isnull)
		return 0;
	array = DatumGetArrayTypePCopy(value);
	if (ARR_HASNULL(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
		                errmsg("reported_seconds of a call has null elements")));
	*seconds = (int32 *) ARR_DATA_PTR(array);
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

static void
read_reported(Row *row, Call *call)
{
	bool isnull;
	Datum value = row_get(row, CALL_REPORTED_SECONDS, &isnull);

	call->reported_count = call_reported_seconds(value, isnull, &call->reported_seconds);
}

static pg_uuid_t
read_uuid(Row *row, int column)
{
	bool isnull;
	Datum value = row_get(row, column, &isnull);

	if (isnull)
		ereport(ERROR,
		        (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
		         errmsg("%s of a call that pg_worldtune authorised is null", call_columns[column].name)));
	return *DatumGetUUIDP(value);
}

static TimestampTz
read_time(Row *row, int column)
{
	bool isnull;
	Datum value = row_get(row, column, &isnull);

	return isnull ? 0 : DatumGetTimestampTz(value);
}

static void
read_status(Row *row, Call *call)
{
	char *status = row_text(row, CALL_STATUS);

	if (status == NULL || !call_status_from_text(status, &call->state.status))
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
		                errmsg("call \"%s\" has the unrecognized status \"%s\"",
		                       call->call_sid ? call->call_sid : "without SID", status ? status : "NULL")));
}

static void
read_call(Row *row, Call *call)
{
	call->id = read_uuid(row, CALL_ID);
	call->user_id = read_uuid(row, CALL_USER_ID);
	call->call_sid = row_text(row, CALL_SID);
	call->number = row_text(row, CALL_NUMBER);
	read_status(row, call);
	call->state.billed = !row_is_null(row, CALL_BILLED_AT);
	call->state.reconciled = !row_is_null(row, CALL_RECONCILED_AT);
	call->state.duration_seconds = row_int32(row, CALL_DURATION_SECONDS);
	call->reject_reason = row_text(row, CALL_REJECT_REASON);
	call->country = row_text(row, CALL_COUNTRY);
	call->iso_country = row_text(row, CALL_ISO_COUNTRY);
	call->rated = !row_is_null(row, CALL_RATE);
	call->terms.rate_micros = row_micros(row, CALL_RATE);
	call->terms.connection_fee_micros = row_micros(row, CALL_CONNECTION_FEE);
	call->terms.minimum_seconds = row_int32(row, CALL_MINIMUM_SECONDS);
	call->terms.increment_seconds = row_int32(row, CALL_INCREMENT_SECONDS);
	call->authorized_at = read_time(row, CALL_AUTHORIZED_AT);
	call->max_seconds = row_int32(row, CALL_MAX_SECONDS);
	call->held_micros = row_micros(row, CALL_CREDITS_HELD);
	call->billed_seconds = row_int32(row, CALL_BILLED_SECONDS);
	call->used_micros = row_micros(row, CALL_CREDITS_USED);
	call->refunded_micros = row_micros(row, CALL_CREDITS_REFUNDED);
	read_reported(row, call);
}

static bool
find_by_id(Row *row, const pg_uuid_t *id)
{
	RowKey key = {CALL_ID, UUIDPGetDatum(id)};

	return row_find(row, ROW_BY_KEY, &key, 1, CALL_AUTHORIZED_AT);
}

static bool
find_by_sid(Row *row, const char *call_sid)
{
	RowKey key = {CALL_SID, CStringGetTextDatum(call_sid)};

	return row_find(row, INDEX_OF_SIDS, &key, 1, CALL_AUTHORIZED_AT);
}

static bool
is_of_user(Row *row, const pg_uuid_t *user_id)
{
	pg_uuid_t owner;

	if (row_is_null(row, CALL_USER_ID))
		return false; /* the user was deleted, and the call forgot it */
	owner = read_uuid(row, CALL_USER_ID);
	return user_id == NULL || memcmp(&owner, user_id, UUID_LEN) == 0;
}

bool
call_lock_known_sid(const char *call_sid, const pg_uuid_t *user_id, Call *call)
{
	Row *row = &call->row;

	row_open(row, &calls_table, ROW_TO_WRITE);
	if (!find_by_sid(row, call_sid))
	{
		row_close(row);
		return false;
	}
	if (!is_of_user(row, user_id) || row_lock(row, true) != ROW_LOCKED)
		call_not_found(call_sid);
	read_call(row, call);
	return true;
}

void
call_lock_by_sid(const char *call_sid, const pg_uuid_t *user_id, Call *call)
{
	if (!call_lock_known_sid(call_sid, user_id, call))
		call_not_found(call_sid);
}

void
call_lock_by_id(const pg_uuid_t *id, const pg_uuid_t *user_id, Call *call)
{
	Row *row = &call->row;

	row_open(row, &calls_table, ROW_TO_WRITE);
	if (!find_by_id(row, id) || !is_of_user(row, user_id) || row_lock(row, true) != ROW_LOCKED)
		call_not_found(DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id))));
	read_call(row, call);
}

bool
call_try_lock_by_id(const pg_uuid_t *id, Call *call)
{
	Row *row = &call->row;

	row_open(row, &calls_table, ROW_TO_WRITE);
	if (find_by_id(row, id) && is_of_user(row, NULL) && row_lock(row, false) == ROW_LOCKED)
	{
		read_call(row, call);
		return true;
	}
	row_close(row);
	return false;
}

void
call_close(Call *call)
{
	row_close(&call->row);
}

bool
call_find_by_sid(const char *call_sid, Call *call)
{
	Row row;
	bool found;

	row_open(&row, &calls_table, ROW_NEWEST);
	found = find_by_sid(&row, call_sid);
	if (found)
		read_call(&row, call);
	row_close(&row);
	return found;
}

bool
call_find_by_key(const pg_uuid_t *user_id, const char *idempotency_key, Call *call)
{
	RowKey keys[] = {
	    {CALL_USER_ID, UUIDPGetDatum(user_id)},
	    {CALL_KEY, CStringGetTextDatum(idempotency_key)},
	};
	Row row;
	bool found;

	row_open(&row, &calls_table, ROW_NEWEST);
	found = row_find(&row, INDEX_OF_KEYS, keys, lengthof(keys), CALL_AUTHORIZED_AT);
	if (found)
		read_call(&row, call);
	row_close(&row);
	return found;
}

/* What was decided on a call: the columns of its row. */
static void
set_decision(Row *row, const Decision *decision)
{
	const Rate *rate = &decision->rate;
	Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	row_set_text(row, CALL_STATUS,
	             call_status_to_text(decision->reason == NULL ? CALL_QUEUED : CALL_REJECTED));
	row_set_text(row, CALL_REJECT_REASON, decision->reason);
	if (decision->note != NULL)
		row_set_text(row, CALL_NOTE, decision->note);
	if (decision->reason != NULL)
		row_set(row, CALL_ENDED_AT, now);
	row_set(row, CALL_CREATED_AT, now);
	row_set(row, CALL_AUTHORIZED_AT, now);
	row_set_micros(row, CALL_CREDITS_HELD, decision->hold_micros);
	row_set_micros(row, CALL_CREDITS_USED, 0);
	row_set(row, CALL_DURATION_MINUTES, NumericGetDatum(int64_to_numeric(0)));
	if (decision->has_caller_id)
		row_set(row, CALL_CALLER_ID, PointerGetDatum(e164_to_text(&decision->caller_id)));
	row_set_text(row, CALL_COUNTRY, rate->country);
	row_set_text(row, CALL_ISO_COUNTRY, rate->iso_country);
	if (!decision->rated)
		return;

	if (rate->deck_id != 0)
		row_set(row, CALL_DECK_ID, Int64GetDatum(rate->deck_id));
	row_set_text(row, CALL_PRICE_SOURCE, rate->price_source);
	row_set_text(row, CALL_PREFIX, rate->prefix);
	row_set_text(row, CALL_ORIGINATION, rate->origination);
	row_set_micros(row, CALL_RATE, rate->terms.rate_micros);
	row_set_micros(row, CALL_CONNECTION_FEE, rate->terms.connection_fee_micros);
	row_set(row, CALL_MINIMUM_SECONDS, Int32GetDatum(rate->terms.minimum_seconds));
	row_set(row, CALL_INCREMENT_SECONDS, Int32GetDatum(rate->terms.increment_seconds));
	row_set(row, CALL_MAX_SECONDS, Int32GetDatum(decision->max_seconds));
}

/* The call as it stands after the decision, with its whole number. */
static Call
decided_call(const pg_uuid_t *id, const NewCall *new, const Decision *decision)
{
	return (Call){
	    .id = *id,
	    .user_id = *new->user_id,
	    .call_sid = unconstify(char *, new->call_sid),
	    .number = text_to_cstring(e164_to_text(new->number)),
	    .state.status = decision->reason == NULL ? CALL_QUEUED : CALL_REJECTED,
	    .reject_reason = unconstify(char *, decision->reason),
	    .country = decision->rate.country,
	    .iso_country = decision->rate.iso_country,
	    .rated = decision->rated,
	    .terms = decision->rate.terms,
	    .authorized_at = GetCurrentTransactionStartTimestamp(),
	    .max_seconds = decision->max_seconds,
	    .held_micros = decision->hold_micros,
	};
}

void
call_insert(const NewCall *new, const Decision *decision, Call *call)
{
	pg_uuid_t id = uuid7_new();
	Row row;

	row_open(&row, &calls_table, ROW_TO_WRITE);
	row_new(&row);
	row_set(&row, CALL_ID, UUIDPGetDatum(&id));
	row_set(&row, CALL_USER_ID, UUIDPGetDatum(new->user_id));
	row_set_text(&row, CALL_SID, new->call_sid);
	row_set_text(&row, CALL_KEY, new->idempotency_key);
	row_set_text(&row, CALL_NUMBER, new->stored_number);
	set_decision(&row, decision);
	/* First: a trigger of the application may authorise another call of the same user. */
	if (decision->reason == NULL)
		hold_add(&id, new->user_id, decision->hold_micros, new->due_at);
	row_insert(&row);
	row_close(&row);
	*call = decided_call(&id, new, decision);
}

bool
call_count_refusal(const pg_uuid_t *id, const NewCall *new, const Decision *decision, Call *call)
{
	Call earlier;

	if (!call_try_lock_by_id(id, &earlier))
		return false;
	row_change(&earlier.row);
	row_set(&earlier.row, CALL_ATTEMPTS, Int32GetDatum(row_int32(&earlier.row, CALL_ATTEMPTS) + 1));
	row_set(&earlier.row, CALL_ENDED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	row_update(&earlier.row);
	call_close(&earlier);
	*call = decided_call(id, new, decision);
	return true;
}

void
call_set_sid(Call *call, const char *call_sid)
{
	row_change(&call->row);
	row_set_text(&call->row, CALL_SID, call_sid);
	row_update(&call->row);
	call->call_sid = pstrdup(call_sid);
}

/* The durations reported so far, and one more. */
static Datum
append_reported(const Call *call, int32 duration_seconds)
{
	Datum *seconds = palloc((call->reported_count + 1) * sizeof(Datum));

	for (int i = 0; i < call->reported_count; i++)
		seconds[i] = Int32GetDatum(call->reported_seconds[i]);
	seconds[call->reported_count] = Int32GetDatum(duration_seconds);
	return PointerGetDatum(
	    construct_array(seconds, call->reported_count + 1, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* Minutes with two decimals, rounded half up. */
static Datum
minutes_of(int32 seconds)
{
	return NumericGetDatum(int64_div_fast_to_numeric(((int64) seconds * 100 + 30) / 60, 2));
}

static void
set_charge(Row *row, const Call *call, const CallUpdate *update)
{
	row_set(row, CALL_BILLED_SECONDS, Int32GetDatum(update->billed_seconds));
	row_set(row, CALL_DURATION_MINUTES, minutes_of(update->billed_seconds));
	row_set_micros(row, CALL_CREDITS_USED, update->used_micros);
	row_set(row, CALL_REPORTED_SECONDS, append_reported(call, update->duration_seconds));
	if (row_is_null(row, CALL_BILLED_AT))
		row_set(row, CALL_BILLED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
}

/* What the carrier's own account adds. */
static void
set_reconciliation(Row *row, const CallUpdate *update)
{
	if (update->reconciles)
		row_set(row, CALL_RECONCILED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
}

/* What was learnt once stays: answered_at and dial_call_sid are only filled, never overwritten. */
static void
set_update(Row *row, const Call *call, const CallUpdate *update)
{
	if (update->status != call->state.status)
		row_set_text(row, CALL_STATUS, call_status_to_text(update->status));
	if (update->answered && row_is_null(row, CALL_ANSWERED_AT))
		row_set(row, CALL_ANSWERED_AT, TimestampTzGetDatum(update->occurred_at));
	if (update->dial_call_sid != NULL && row_is_null(row, CALL_DIAL_SID))
		row_set_text(row, CALL_DIAL_SID, update->dial_call_sid);
	if (update->closes)
	{
		row_set(row, CALL_ENDED_AT, TimestampTzGetDatum(update->occurred_at));
		row_set_micros(row, CALL_CREDITS_HELD, 0);
	}
	if (update->has_duration && (update->closes || update->charges))
		row_set(row, CALL_DURATION_SECONDS, Int32GetDatum(update->duration_seconds));
	if (update->charges)
		set_charge(row, call, update);
	set_reconciliation(row, update);
	if (update->note != NULL)
		row_set_text(row, CALL_NOTE, update->note);
}

/* Whether the row does not yet say all of the update. */
static bool
is_news(Row *row, const Call *call, const CallUpdate *update)
{
	return update->closes || update->charges || update->status != call->state.status ||
	       (update->answered && row_is_null(row, CALL_ANSWERED_AT)) ||
	       (update->dial_call_sid != NULL && row_is_null(row, CALL_DIAL_SID)) ||
	       (update->reconciles && row_is_null(row, CALL_RECONCILED_AT));
}

static TimestampTz
seconds_after(TimestampTz moment, int64 seconds)
{
	return TimestampTzPlusMilliseconds(moment, seconds * 1000);
}

/* When a call that goes on should be over; nothing changes that but its first sign of life and its answer. */
static void
update_due(const Call *call, const CallUpdate *update, bool was_answered)
{
	if (update->answered && !was_answered)
		hold_set_due(&call->id, &call->user_id, seconds_after(update->occurred_at, call->max_seconds));
	else if (call->state.status == CALL_QUEUED && update->status != CALL_QUEUED && !was_answered)
		hold_set_due(&call->id, &call->user_id,
		             seconds_after(call->authorized_at, HOLD_RINGING_SECONDS + call->max_seconds));
}

bool
call_update(Call *call, const CallUpdate *update)
{
	bool was_answered = !row_is_null(&call->row, CALL_ANSWERED_AT);
	bool was_over = call_status_is_final(call->state.status);

	if (!is_news(&call->row, call, update))
		return false;
	row_change(&call->row);
	set_update(&call->row, call, update);
	row_update(&call->row);

	if (update->closes)
	{
		call->held_micros = 0;
		hold_remove(&call->id, &call->user_id);
	}
	else if (!was_over)
		update_due(call, update, was_answered);
	call->state.status = update->status;
	if (update->charges)
	{
		call->state.billed = true;
		call->billed_seconds = update->billed_seconds;
		call->used_micros = update->used_micros;
	}
	return true;
}

bool
call_has_reported(const Call *call, int32 duration_seconds)
{
	for (int i = 0; i < call->reported_count; i++)
		if (abs(call->reported_seconds[i] - duration_seconds) <= CALL_DURATION_TOLERANCE)
			return true;
	return false;
}

void
call_add_refund(Call *call, int64 micros)
{
	call->refunded_micros += micros;
	row_change(&call->row);
	row_set_micros(&call->row, CALL_CREDITS_REFUNDED, call->refunded_micros);
	row_update(&call->row);
}

bool
call_mask_number(const pg_uuid_t *id)
{
	RowKey key = {CALL_ID, UUIDPGetDatum(id)};
	Row row;
	const char *number = NULL;
	const char *masked = NULL;

	row_open(&row, &calls_table, ROW_NEWEST_TO_WRITE);
	if (row_find(&row, ROW_BY_KEY, &key, 1, ROW_ANY) && row_lock(&row, false) == ROW_LOCKED)
		number = row_text(&row, CALL_NUMBER);
	if (number != NULL)
		masked = number_mask_text(number);
	if (masked == NULL || strcmp(masked, number) == 0)
		masked = NULL;
	else
	{
		row_change(&row);
		row_set_text(&row, CALL_NUMBER, masked);
		row_update(&row);
	}
	row_close(&row);
	return masked != NULL;
}

void
call_check_sid(const char *sid, const char *what)
{
	size_t length = strlen(sid);

	if (length == 0 || length > MAX_SID_LENGTH ||
	    strspn(sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != length)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s \"%.64s\" is not a SID", what, sid),
		         errhint("A SID is two letters and 32 hexadecimal digits, as Twilio sends it.")));
}

void
call_not_found(const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND), errmsg("there is no such call: %s", what)));
}
