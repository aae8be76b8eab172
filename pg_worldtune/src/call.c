/*
 * call.c
 *		Rows of call_logs. See call.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "call.h"
#include "money.h"
#include "statement.h"

#define MAX_SID_LENGTH 64

#define CALL_COLUMNS                                                                                            \
	" id, user_id, call_sid, phone_number, status, billed_at IS NOT NULL, reject_reason, country, iso_country," \
	" rate, connection_fee, minimum_seconds, increment_seconds, max_seconds, credits_held, billed_seconds,"     \
	" credits_used, credits_refunded, reported_seconds, reconciled_at IS NOT NULL, duration_seconds "

#define SELECT_CALL(condition)                                                                               \
	"SELECT" CALL_COLUMNS "FROM public.call_logs WHERE " condition " AND authorized_at IS NOT NULL"
#define FOR_UPDATE " FOR NO KEY UPDATE"

static Statement lock_by_sid = {
    .sql = SELECT_CALL("call_sid = $1") FOR_UPDATE,
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {TEXTOID},
};

static Statement lock_by_id = {
    .sql = SELECT_CALL("id = $1") FOR_UPDATE,
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {UUIDOID},
};

static Statement find_by_sid = {
    .sql = SELECT_CALL("call_sid = $1"),
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {TEXTOID},
};

static Statement find_by_key = {
    .sql = SELECT_CALL("user_id = $1 AND idempotency_key = $2"),
    .expected = SPI_OK_SELECT,
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

static Statement insert_call = {
    .sql =
        "INSERT INTO public.call_logs (id, created_at, authorized_at, user_id, call_sid, idempotency_key, status,"
        " reject_reason, phone_number, country, iso_country, deck_id, prefix, rate, connection_fee,"
        " minimum_seconds, increment_seconds, max_seconds, credits_held, duration_minutes, credits_used, ended_at)"
        " VALUES (gen_random_uuid(), now(), now(), $1, $2, $3, $4, $5,"
        " CASE WHEN (SELECT store_masked_numbers FROM worldtune.settings) THEN worldtune.mask_number($6) ELSE $6 END, $7, $8, $9, $10, $11, $12, $13, $14,"
        " $15, $16, 0, 0, CASE WHEN $5 IS NOT NULL THEN now() END) RETURNING id",
    .expected = SPI_OK_INSERT_RETURNING,
    .nargs = 16,
    .argtypes = {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, TEXTOID,
                 NUMERICOID, NUMERICOID, INT4OID, INT4OID, INT4OID, NUMERICOID},
};

static Statement set_sid = {
    .sql = "UPDATE public.call_logs SET call_sid = $2 WHERE id = $1",
    .expected = SPI_OK_UPDATE,
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

/* What was learnt once stays: answered_at and dial_call_sid are only filled, never overwritten. */
static Statement update_call = {
    .sql =
        "UPDATE public.call_logs SET status = $2,"
        " answered_at = coalesce(answered_at, $3),"
        " dial_call_sid = coalesce(dial_call_sid, $4),"
        " ended_at = CASE WHEN $5 THEN $6 ELSE ended_at END,"
        " credits_held = CASE WHEN $5 THEN 0 ELSE credits_held END,"
        " duration_seconds = coalesce($7, duration_seconds),"
        " billed_seconds = coalesce($8, billed_seconds),"
        " duration_minutes = coalesce(round($8 / 60.0, 2), duration_minutes),"
        " credits_used = coalesce($9, credits_used),"
        " billed_at = CASE WHEN $9 IS NULL THEN billed_at ELSE coalesce(billed_at, now()) END,"
        " reported_seconds = CASE WHEN $9 IS NULL THEN reported_seconds ELSE reported_seconds || $7 END,"
        " reconciled_at = CASE WHEN $11 THEN now() ELSE reconciled_at END,"
        " carrier_cost = coalesce($12, carrier_cost),"
        " note = coalesce($10, note)"
        " WHERE id = $1 AND ($11 AND reconciled_at IS NULL OR carrier_cost IS DISTINCT FROM coalesce($12, carrier_cost)"
        " OR status <> $2 OR $5 OR $9 IS NOT NULL"
        " OR answered_at IS NULL AND $3 IS NOT NULL OR dial_call_sid IS NULL AND $4 IS NOT NULL)",
    .expected = SPI_OK_UPDATE,
    .nargs = 12,
    .argtypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TIMESTAMPTZOID, INT4OID, INT4OID,
                 NUMERICOID, TEXTOID, BOOLOID, NUMERICOID},
};

static Statement add_refund = {
    .sql = "UPDATE public.call_logs SET credits_refunded = credits_refunded + $2 WHERE id = $1",
    .expected = SPI_OK_UPDATE,
    .nargs = 2,
    .argtypes = {UUIDOID, NUMERICOID},
};

/* An array of integers that outlives SPI_finish. */
static void
read_reported(Call *call, Datum value)
{
	ArrayType *array = DatumGetArrayTypeP(value);

	call->reported_count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	call->reported_seconds = SPI_palloc(Max(call->reported_count, 1) * sizeof(int32));
	memcpy(call->reported_seconds, ARR_DATA_PTR(array), call->reported_count * sizeof(int32));
}

/* The call in the first row of SPI_tuptable, whose columns are CALL_COLUMNS. */
static void
read_call(Call *call)
{
	char *status = statement_string(5);
	bool no_rate;

	call->id = *DatumGetUUIDP(statement_value_not_null(1));
	call->user_id = *DatumGetUUIDP(statement_value_not_null(2));
	call->call_sid = statement_string(3);
	call->number = statement_string(4);
	if (!call_status_from_text(status, &call->state.status))
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
		                errmsg("call \"%s\" has the unrecognized status \"%s\"",
		                       call->call_sid ? call->call_sid : "without SID", status)));
	call->state.billed = DatumGetBool(statement_value_not_null(6));
	call->reject_reason = statement_string(7);
	call->country = statement_string(8);
	call->iso_country = statement_string(9);
	statement_value(10, &no_rate);
	call->rated = !no_rate;
	call->terms.rate_micros = statement_micros(10);
	call->terms.connection_fee_micros = statement_micros(11);
	call->terms.minimum_seconds = statement_int32(12);
	call->terms.increment_seconds = statement_int32(13);
	call->max_seconds = statement_int32(14);
	call->held_micros = statement_micros(15);
	call->billed_seconds = statement_int32(16);
	call->used_micros = statement_micros(17);
	call->refunded_micros = statement_micros(18);
	read_reported(call, statement_value_not_null(19));
	call->state.reconciled = DatumGetBool(statement_value_not_null(20));
	call->state.duration_seconds = statement_int32(21);
}

static bool
fetch(Statement *statement, Datum *values, Call *call)
{
	if (statement_run(statement, values, NULL) == 0)
		return false;
	read_call(call);
	return true;
}

void
call_lock_of_user(const char *call_sid, const pg_uuid_t *user_id, Call *call)
{
	Datum values[] = {CStringGetTextDatum(call_sid)};

	if (!fetch(&lock_by_sid, values, call) ||
	    (user_id != NULL && memcmp(&call->user_id, user_id, UUID_LEN) != 0))
		call_not_found(call_sid);
}

void
call_lock_by_id(const pg_uuid_t *id, const pg_uuid_t *user_id, Call *call)
{
	Datum values[] = {UUIDPGetDatum(id)};

	if (!fetch(&lock_by_id, values, call) || memcmp(&call->user_id, user_id, UUID_LEN) != 0)
		call_not_found(DatumGetCString(DirectFunctionCall1(uuid_out, values[0])));
}

bool
call_find_by_sid(const char *call_sid, Call *call)
{
	Datum values[] = {CStringGetTextDatum(call_sid)};

	return fetch(&find_by_sid, values, call);
}

bool
call_find_by_key(const pg_uuid_t *user_id, const char *idempotency_key, Call *call)
{
	Datum values[] = {UUIDPGetDatum(user_id), CStringGetTextDatum(idempotency_key)};

	return fetch(&find_by_key, values, call);
}

/* A text parameter that may be absent. */
static Datum
text_or_null(const char *value, char *null)
{
	*null = value == NULL ? 'n' : ' ';
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

void
call_insert(const pg_uuid_t *user_id, const char *call_sid, const char *idempotency_key, const E164 *number,
            const Decision *decision, Call *call)
{
	const Rate *rate = &decision->rate;
	bool allowed = decision->reason == NULL;
	Datum values[16];
	char nulls[17];

	memset(nulls, decision->rated ? ' ' : 'n', sizeof(nulls));
	nulls[0] = nulls[3] = nulls[5] = nulls[15] = ' ';
	nulls[16] = '\0';
	values[0] = UUIDPGetDatum(user_id);
	values[1] = text_or_null(call_sid, &nulls[1]);
	values[2] = text_or_null(idempotency_key, &nulls[2]);
	values[3] = CStringGetTextDatum(call_status_to_text(allowed ? CALL_QUEUED : CALL_REJECTED));
	values[4] = text_or_null(decision->reason, &nulls[4]);
	values[5] = PointerGetDatum(e164_to_text(number));
	values[6] = text_or_null(rate->country, &nulls[6]);
	values[7] = text_or_null(rate->iso_country, &nulls[7]);
	values[8] = Int64GetDatum(rate->deck_id);
	if (rate->deck_id == 0)
		nulls[8] = 'n';
	values[9] = text_or_null(rate->prefix, &nulls[9]);
	values[10] = MicrosGetDatum(rate->terms.rate_micros);
	values[11] = MicrosGetDatum(rate->terms.connection_fee_micros);
	values[12] = Int32GetDatum(rate->terms.minimum_seconds);
	values[13] = Int32GetDatum(rate->terms.increment_seconds);
	values[14] = Int32GetDatum(decision->max_seconds);
	values[15] = MicrosGetDatum(decision->hold_micros);
	statement_run(&insert_call, values, nulls);
	*call = (Call){
	    .id = *DatumGetUUIDP(statement_value_not_null(1)),
	    .user_id = *user_id,
	    .call_sid = statement_keep(call_sid),
	    .number = statement_keep(TextDatumGetCString(values[5])),
	    .state.status = allowed ? CALL_QUEUED : CALL_REJECTED,
	    .reject_reason = statement_keep(decision->reason),
	    .country = statement_keep(rate->country),
	    .iso_country = statement_keep(rate->iso_country),
	    .rated = decision->rated,
	    .terms = rate->terms,
	    .max_seconds = decision->max_seconds,
	    .held_micros = decision->hold_micros,
	};
}

void
call_set_sid(Call *call, const char *call_sid)
{
	Datum values[] = {UUIDPGetDatum(&call->id), CStringGetTextDatum(call_sid)};

	statement_run(&set_sid, values, NULL);
	call->call_sid = pstrdup(call_sid);
}

bool
call_update(Call *call, const CallUpdate *update)
{
	Datum values[12];
	char nulls[] = "            ";

	values[0] = UUIDPGetDatum(&call->id);
	values[1] = CStringGetTextDatum(call_status_to_text(update->status));
	values[2] = TimestampTzGetDatum(update->occurred_at);
	nulls[2] = update->answered ? ' ' : 'n';
	values[3] = text_or_null(update->dial_call_sid, &nulls[3]);
	values[4] = BoolGetDatum(update->closes);
	values[5] = TimestampTzGetDatum(update->occurred_at);
	values[6] = Int32GetDatum(update->duration_seconds);
	nulls[6] = update->has_duration && (update->closes || update->charges) ? ' ' : 'n';
	values[7] = Int32GetDatum(update->billed_seconds);
	values[8] = MicrosGetDatum(update->used_micros);
	nulls[7] = nulls[8] = update->charges ? ' ' : 'n';
	values[9] = text_or_null(update->note, &nulls[9]);
	values[10] = BoolGetDatum(update->reconciles);
	values[11] = MicrosGetDatum(update->carrier_cost_micros);
	nulls[11] = update->has_carrier_cost ? ' ' : 'n';
	if (statement_run(&update_call, values, nulls) == 0)
		return false;

	call->state.status = update->status;
	if (update->closes)
		call->held_micros = 0;
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
	Datum values[] = {UUIDPGetDatum(&call->id), MicrosGetDatum(micros)};

	statement_run(&add_refund, values, NULL);
	call->refunded_micros += micros;
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
