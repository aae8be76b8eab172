/*
 * authorize.c
 *		May this user call that number, for how long, and the hold that pays for it.
 *
 * The user's row is locked first, so that two calls at once are decided one after the other and each sees the
 * other's hold.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "charging/call.h"
#include "charging/decision.h"
#include "postgres/e164_text.h"
#include "postgres/money.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_authorize_call);
PG_FUNCTION_INFO_V1(worldtune_start_call);
PG_FUNCTION_INFO_V1(worldtune_attach_call);

#define MAX_KEY_LENGTH 255

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

/* The call that an earlier request for the same made. */
static bool
find_earlier(const CallRequest *request, Call *call)
{
	if (request->idempotency_key != NULL)
		return call_find_by_key(request->user_id, request->idempotency_key, call);
	if (request->call_sid == NULL || !call_find_by_sid(request->call_sid, call))
		return false;
	if (memcmp(&call->user_id, request->user_id, UUID_LEN) != 0)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("call \"%s\" is another user's", request->call_sid)));
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
	new.masked = rules->store_masked;
	call_insert(&new, &decision, &answer->call);
	answer->created = true;
	if (decision.hold_micros > 0)
	{
		account_hold(request->user_id, decision.hold_micros);
		answer->account.held_micros += decision.hold_micros;
	}
}

#define AUTHORIZATION_COLUMNS 10
#define PLACED_CALL_COLUMNS 14

/* The columns of call_authorization; placed_call begins with the same. */
static void
fill_authorization(CallAnswer *answer, Datum *values, bool *nulls)
{
	Call *call = &answer->call;
	Account *account = &answer->account;
	bool allowed = answer->known_user && call->state.status != CALL_REJECTED;
	const char *reason = answer->known_user ? call->reject_reason : "unknown_user";
	Account before_hold = *account;

	memset(nulls, !answer->known_user, AUTHORIZATION_COLUMNS * sizeof(bool));
	values[1] = BoolGetDatum(allowed);
	nulls[1] = false;
	nulls[2] = reason == NULL;
	values[2] = reason == NULL ? (Datum) 0 : CStringGetTextDatum(reason);
	if (!answer->known_user)
		return;

	before_hold.held_micros -= call->held_micros;
	values[0] = UUIDPGetDatum(&call->id);
	nulls[3] = call->country == NULL;
	values[3] = call->country == NULL ? (Datum) 0 : CStringGetTextDatum(call->country);
	nulls[4] = call->iso_country == NULL;
	values[4] = call->iso_country == NULL ? (Datum) 0 : CStringGetTextDatum(call->iso_country);
	nulls[5] = !call->rated;
	values[5] = MicrosGetDatum(call->terms.rate_micros);
	values[6] = Int32GetDatum(call->max_seconds);
	values[7] = MicrosGetDatum(account->balance_micros);
	values[8] = MicrosGetDatum(account_available(account));
	values[9] = BoolGetDatum(account_is_low(&before_hold, &answer->rules));
}

static Datum
placed_call(FunctionCallInfo fcinfo, CallAnswer *answer)
{
	Call *call = &answer->call;
	Datum values[PLACED_CALL_COLUMNS];
	bool nulls[PLACED_CALL_COLUMNS];

	fill_authorization(answer, values, nulls);
	nulls[10] = nulls[12] = !answer->known_user;
	nulls[11] = !answer->known_user || call->call_sid == NULL;
	nulls[13] = false;
	values[13] = BoolGetDatum(answer->created);
	if (answer->known_user)
	{
		values[10] = CStringGetTextDatum(call->number);
		values[11] = call->call_sid == NULL ? (Datum) 0 : CStringGetTextDatum(call->call_sid);
		values[12] = CStringGetTextDatum(call_status_to_text(call->state.status));
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
	request.idempotency_key = optional_cstring(fcinfo, 2);
	if (request.idempotency_key != NULL &&
	    (*request.idempotency_key == '\0' || strlen(request.idempotency_key) > MAX_KEY_LENGTH))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("an idempotency key has 1 to %d characters", MAX_KEY_LENGTH)));

	authorize(&request, &answer);
	return placed_call(fcinfo, &answer);
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
	if (call->call_sid == NULL)
		take_sid(call, call_sid);
	else if (strcmp(call->call_sid, call_sid) != 0)
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
		                errmsg("the call already has the SID \"%s\"", call->call_sid)));
	call->call_sid = call_sid;
	call_close(call);
	return placed_call(fcinfo, &answer);
}
