/*
 * authorize.c
 *		May this user call that number, for how long, and the hold that pays for it.
 *
 * The user's row is locked first, so that two calls at once are decided one after the other and each sees the
 * other's hold.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "charging/call.h"
#include "charging/decision.h"
#include "charging/live_event.h"
#include "charging/refusal.h"
#include "postgres/e164_text.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "rating/number_mask.h"

PG_FUNCTION_INFO_V1(worldtune_authorize_call);
PG_FUNCTION_INFO_V1(worldtune_start_call);
PG_FUNCTION_INFO_V1(worldtune_attach_call);

/* What is asked for. */
typedef struct CallRequest
{
	pg_uuid_t *user_id;
	E164 number;
	bool has_caller_id;
	E164 caller_id;
	char *call_sid;
	char *idempotency_key;
} CallRequest;

/* What is answered. */
typedef struct CallAnswer
{
	bool known_user;
	bool created; /* by this request, not by an earlier one for the same call */
	Call call;
	Account account;
	Rules rules;
} CallAnswer;

/* The first four arguments of authorize_call and start_call; the third is theirs to read. */
static void
read_request(FunctionCallInfo fcinfo, CallRequest *request)
{
	memset(request, 0, sizeof(*request));
	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "number");
	request->user_id = PG_GETARG_UUID_P(0);
	e164_from_text(PG_GETARG_TEXT_PP(1), &request->number);
	request->has_caller_id = !PG_ARGISNULL(3);
	if (request->has_caller_id)
		e164_from_text(PG_GETARG_TEXT_PP(3), &request->caller_id);
}

/* A number may be stored masked. */
static bool
is_same_number(const Call *call, const E164 *number)
{
	return call->number != NULL && (strcmp(call->number, text_to_cstring(e164_to_text(number))) == 0 ||
	                                strcmp(call->number, number_mask(number)) == 0);
}

/*
 * What was answered for a call may be answered again while it holds the credit for it, and a refusal at any
 * time. A call that is over holds nothing any more.
 */
static void
check_repeatable(const CallRequest *request, const Call *call)
{
	if (memcmp(&call->user_id, request->user_id, UUID_LEN) != 0)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("call \"%s\" is another user's", request->call_sid)));
	if (!is_same_number(call, &request->number))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("call \"%s\" was authorised for another number", request->call_sid),
		                errhint("Each call has a SID of its own.")));
	if (call_status_is_final(call->state.status) && call->state.status != CALL_REJECTED)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("call \"%s\" is over", request->call_sid),
		                errhint("Ask for a new call with a SID of its own.")));
}

/* The call that an earlier request for the same made. */
static bool
find_earlier(const CallRequest *request, Call *call)
{
	if (request->idempotency_key != NULL)
		return call_find_by_key(request->user_id, request->idempotency_key, call);
	if (request->call_sid == NULL || !call_find_by_sid(request->call_sid, call))
		return false;
	check_repeatable(request, call);
	return true;
}

static void
authorize(const CallRequest *request, CallAnswer *answer)
{
	const E164 *caller_id = request->has_caller_id ? &request->caller_id : NULL;
	NewCall new = {
	    .user_id = request->user_id,
	    .number = &request->number,
	    .call_sid = request->call_sid,
	    .idempotency_key = request->idempotency_key,
	};
	Rules *rules = &answer->rules;
	Decision decision;

	answer->created = false;
	/* What needs no lock is done before it is taken. */
	rules_read(request->user_id, ROW_LATEST, rules);
	decision_rate(&request->number, caller_id, rules, &decision);

	answer->known_user = account_lock(request->user_id, &answer->account);
	if (!answer->known_user || find_earlier(request, &answer->call))
		return;

	decision_complete(request->user_id, &answer->account, rules, true, &decision);
	new.stored_number =
	    rules->store_masked ? number_mask(&request->number) : text_to_cstring(e164_to_text(&request->number));
	new.due_at = TimestampTzPlusMilliseconds(GetCurrentTransactionStartTimestamp(),
	                                         INT64CONST(1000) * rules->hold_expiry_seconds);
	if (decision.reason != NULL && refusal_is_counted(&new, &decision, &answer->call))
		return;
	call_insert(&new, &decision, &answer->call);
	answer->created = true;
	answer->account.held_micros += decision.hold_micros;
	live_event_call(&answer->call, &answer->account);
}

/* Columns of worldtune.call_authorization. */
enum
{
	AUTHORIZATION_CALL_ID,
	AUTHORIZATION_ALLOWED,
	AUTHORIZATION_REASON,
	AUTHORIZATION_COUNTRY,
	AUTHORIZATION_ISO_COUNTRY,
	AUTHORIZATION_RATE,
	AUTHORIZATION_MAX_SECONDS,
	AUTHORIZATION_BALANCE,
	AUTHORIZATION_AVAILABLE,
	AUTHORIZATION_LOW_BALANCE,
	AUTHORIZATION_COLUMNS
};

/* Columns of worldtune.placed_call, which begins with the same. */
enum
{
	PLACED_NUMBER = AUTHORIZATION_COLUMNS,
	PLACED_CALL_SID,
	PLACED_STATUS,
	PLACED_CREATED,
	PLACED_CONNECTION_FEE,
	PLACED_MINIMUM_SECONDS,
	PLACED_INCREMENT_SECONDS,
	PLACED_CALL_COLUMNS
};

static void
fill_authorization(CallAnswer *answer, Datum *values, bool *nulls)
{
	Call *call = &answer->call;
	Account *account = &answer->account;
	bool allowed = answer->known_user && call->state.status != CALL_REJECTED;
	const char *reason = answer->known_user ? call->reject_reason : "unknown_user";
	Account before_hold = *account;

	memset(nulls, !answer->known_user, AUTHORIZATION_COLUMNS * sizeof(bool));
	values[AUTHORIZATION_ALLOWED] = BoolGetDatum(allowed);
	nulls[AUTHORIZATION_ALLOWED] = false;
	result_set_text(values, nulls, AUTHORIZATION_REASON, reason);
	if (!answer->known_user)
		return;

	before_hold.held_micros -= call->held_micros;
	values[AUTHORIZATION_CALL_ID] = UUIDPGetDatum(&call->id);
	result_set_text(values, nulls, AUTHORIZATION_COUNTRY, call->country);
	result_set_text(values, nulls, AUTHORIZATION_ISO_COUNTRY, call->iso_country);
	nulls[AUTHORIZATION_RATE] = !call->rated;
	values[AUTHORIZATION_RATE] = MicrosGetDatum(call->terms.rate_micros);
	values[AUTHORIZATION_MAX_SECONDS] = Int32GetDatum(call->max_seconds);
	values[AUTHORIZATION_BALANCE] = MicrosGetDatum(account->balance_micros);
	values[AUTHORIZATION_AVAILABLE] = MicrosGetDatum(account_available(account));
	values[AUTHORIZATION_LOW_BALANCE] = BoolGetDatum(account_is_low(&before_hold, &answer->rules));
}

static Datum
placed_call(FunctionCallInfo fcinfo, CallAnswer *answer)
{
	Call *call = &answer->call;
	Datum values[PLACED_CALL_COLUMNS];
	bool nulls[PLACED_CALL_COLUMNS];

	fill_authorization(answer, values, nulls);
	result_set_text(values, nulls, PLACED_NUMBER, answer->known_user ? call->number : NULL);
	result_set_text(values, nulls, PLACED_CALL_SID, answer->known_user ? call->call_sid : NULL);
	result_set_text(values, nulls, PLACED_STATUS,
	                answer->known_user ? call_status_to_text(call->state.status) : NULL);
	nulls[PLACED_CREATED] = false;
	values[PLACED_CREATED] = BoolGetDatum(answer->created);
	for (int column = PLACED_CONNECTION_FEE; column <= PLACED_INCREMENT_SECONDS; column++)
		nulls[column] = nulls[AUTHORIZATION_RATE];
	if (!nulls[AUTHORIZATION_RATE])
	{
		values[PLACED_CONNECTION_FEE] = MicrosGetDatum(call->terms.connection_fee_micros);
		values[PLACED_MINIMUM_SECONDS] = Int32GetDatum(call->terms.minimum_seconds);
		values[PLACED_INCREMENT_SECONDS] = Int32GetDatum(call->terms.increment_seconds);
	}
	return result_row(fcinfo, PLACED_CALL_COLUMNS, values, nulls);
}

Datum
worldtune_authorize_call(PG_FUNCTION_ARGS)
{
	CallRequest request;
	CallAnswer answer;
	Datum values[AUTHORIZATION_COLUMNS];
	bool nulls[AUTHORIZATION_COLUMNS];

	read_request(fcinfo, &request);
	request.call_sid = optional_cstring(fcinfo, 2);
	if (request.call_sid != NULL)
		call_check_sid(request.call_sid, "call_sid");

	authorize(&request, &answer);

	fill_authorization(&answer, values, nulls);
	return result_row(fcinfo, AUTHORIZATION_COLUMNS, values, nulls);
}

Datum
worldtune_start_call(PG_FUNCTION_ARGS)
{
	CallRequest request;
	CallAnswer answer;

	read_request(fcinfo, &request);
	request.idempotency_key = optional_name(fcinfo, 2, "idempotency_key");

	authorize(&request, &answer);
	return placed_call(fcinfo, &answer);
}

/* A call that was given up meanwhile holds nothing: it is not to be connected. */
static void
check_attachable(const Call *call, const char *call_sid)
{
	if (call->call_sid != NULL && strcmp(call->call_sid, call_sid) != 0)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("the call already has the SID \"%s\"", call->call_sid)));
	if (call->call_sid == NULL && call_status_is_final(call->state.status))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("the call is over: it is %s", call_status_to_text(call->state.status)),
		                errhint("End the carrier's call \"%s\": no credit is held for it.", call_sid)));
}

/*
 * The user is locked. The SID is looked for first, because the unique index would wait for whoever is
 * settling a call of that SID, and that one may wait for the user.
 */
static void
take_sid(Call *call, const char *call_sid)
{
	Call other;

	if (call_find_by_sid(call_sid, &other))
		ereport(ERROR,
		        (errcode(ERRCODE_UNIQUE_VIOLATION), errmsg("another call has the SID \"%s\"", call_sid)));
	call_set_sid(call, call_sid);
}

Datum
worldtune_attach_call(PG_FUNCTION_ARGS)
{
	pg_uuid_t *call_id;
	pg_uuid_t *user_id;
	char *call_sid;
	CallAnswer answer = {.known_user = true};
	Call *call = &answer.call;

	require_argument(fcinfo, 0, "call_id");
	require_argument(fcinfo, 1, "call_sid");
	require_argument(fcinfo, 2, "user_id");
	call_id = PG_GETARG_UUID_P(0);
	call_sid = text_to_cstring(PG_GETARG_TEXT_PP(1));
	user_id = PG_GETARG_UUID_P(2);
	call_check_sid(call_sid, "call_sid");

	call_lock_by_id(call_id, user_id, call);
	rules_read(user_id, ROW_LATEST, &answer.rules);
	/* Before the SID is taken: whoever authorises a call under the same SID has locked the user by then. */
	if (!account_lock(user_id, &answer.account))
		account_unknown_user(user_id);
	check_attachable(call, call_sid);
	if (call->call_sid == NULL)
	{
		take_sid(call, call_sid);
		live_event_call(call, &answer.account);
	}
	call->call_sid = call_sid;
	call_close(call);
	return placed_call(fcinfo, &answer);
}
