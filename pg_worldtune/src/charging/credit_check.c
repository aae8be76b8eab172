/*
 * credit_check.c
 *		What a user has, and whether it pays for a call. Nothing here changes anything.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "charging/decision.h"
#include "postgres/claims.h"
#include "postgres/e164_text.h"
#include "postgres/money.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_user_check_credit);
PG_FUNCTION_INFO_V1(worldtune_check_credit);
PG_FUNCTION_INFO_V1(worldtune_user_account);
PG_FUNCTION_INFO_V1(worldtune_my_account);

#define MAX_MINUTES 1440
#define CREDIT_CHECK_COLUMNS 11
#define ACCOUNT_COLUMNS 4

static void
fill_account(const Account *account, Datum *values, bool *nulls)
{
	memset(nulls, false, 3 * sizeof(bool));
	values[0] = MicrosGetDatum(account->balance_micros);
	values[1] = MicrosGetDatum(account->held_micros);
	values[2] = MicrosGetDatum(account_available(account));
}

/* The columns that a rate adds, and what so many seconds cost. */
static int64
fill_price(const Decision *decision, int32 seconds, Datum *values, bool *nulls)
{
	const Rate *rate = &decision->rate;
	int64 required = billing_cost_micros(&rate->terms, seconds);

	values[5] = MicrosGetDatum(rate->terms.rate_micros);
	values[6] = MicrosGetDatum(required);
	values[7] = Int32GetDatum(decision->max_seconds);
	nulls[5] = nulls[6] = nulls[7] = false;
	result_set_text(values, nulls, 9, rate->country);
	result_set_text(values, nulls, 10, rate->iso_country);
	return required;
}

/* Fills all columns but the first two and returns why the call would be refused, NULL when it would not. */
static const char *
check(const pg_uuid_t *user_id, const E164 *number, int32 minutes, const E164 *caller_id, Datum *values,
      bool *nulls)
{
	Account account;
	Rules rules;
	Decision decision;

	if (!account_read(user_id, ROW_OF_QUERY, &account))
		return "unknown_user";
	rules_read(user_id, ROW_OF_QUERY, &rules);

	fill_account(&account, &values[2], &nulls[2]);
	values[8] = BoolGetDatum(account_is_low(&account, &rules));
	nulls[8] = false;
	decision_rate(number, caller_id, &rules, &decision);
	decision_complete(user_id, &account, &rules, false, &decision);
	if (decision.rated && fill_price(&decision, minutes * 60, values, nulls) > account_available(&account) &&
	    decision.reason == NULL)
		return "insufficient_credit";
	return decision.reason;
}

static Datum
credit_check(FunctionCallInfo fcinfo, const pg_uuid_t *user_id, const E164 *number, int32 minutes,
             const E164 *caller_id)
{
	Datum values[CREDIT_CHECK_COLUMNS];
	bool nulls[CREDIT_CHECK_COLUMNS];
	const char *reason;

	if (minutes < 1 || minutes > MAX_MINUTES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("minutes must be between 1 and %d, not %d", MAX_MINUTES, minutes)));

	memset(nulls, true, sizeof(nulls));
	reason = check(user_id, number, minutes, caller_id, values, nulls);

	values[0] = BoolGetDatum(reason == NULL);
	nulls[0] = false;
	result_set_text(values, nulls, 1, reason);
	return result_row(fcinfo, CREDIT_CHECK_COLUMNS, values, nulls);
}

Datum
worldtune_user_check_credit(PG_FUNCTION_ARGS)
{
	E164 number;
	E164 caller_id;
	bool has_caller_id = !PG_ARGISNULL(3);

	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "number");
	require_argument(fcinfo, 2, "minutes");
	e164_from_text(PG_GETARG_TEXT_PP(1), &number);
	if (has_caller_id)
		e164_from_text(PG_GETARG_TEXT_PP(3), &caller_id);
	return credit_check(fcinfo, PG_GETARG_UUID_P(0), &number, PG_GETARG_INT32(2),
	                    has_caller_id ? &caller_id : NULL);
}

Datum
worldtune_check_credit(PG_FUNCTION_ARGS)
{
	pg_uuid_t user_id;
	E164 number;

	claims_require_user_id(&user_id);
	require_argument(fcinfo, 0, "number");
	require_argument(fcinfo, 1, "minutes");
	e164_from_text(PG_GETARG_TEXT_PP(0), &number);
	return credit_check(fcinfo, &user_id, &number, PG_GETARG_INT32(1), NULL);
}

/* False when there is no such user. */
static bool
read_account_row(const pg_uuid_t *user_id, Datum *values, bool *nulls)
{
	Account account;
	Rules rules;

	if (!account_read(user_id, ROW_OF_QUERY, &account))
		return false;
	rules_read(user_id, ROW_OF_QUERY, &rules);
	fill_account(&account, values, nulls);
	values[3] = BoolGetDatum(account_is_low(&account, &rules));
	return true;
}

Datum
worldtune_user_account(PG_FUNCTION_ARGS)
{
	Datum values[ACCOUNT_COLUMNS];
	bool nulls[ACCOUNT_COLUMNS] = {false};

	require_argument(fcinfo, 0, "user_id");
	if (!read_account_row(PG_GETARG_UUID_P(0), values, nulls))
		account_unknown_user(PG_GETARG_UUID_P(0));
	return result_row(fcinfo, ACCOUNT_COLUMNS, values, nulls);
}

/* Who has just signed up may have no row yet. */
Datum
worldtune_my_account(PG_FUNCTION_ARGS)
{
	Datum values[ACCOUNT_COLUMNS];
	bool nulls[ACCOUNT_COLUMNS] = {false};
	pg_uuid_t user_id;

	claims_require_user_id(&user_id);
	InitMaterializedSRF(fcinfo, 0);
	if (read_account_row(&user_id, values, nulls))
		result_add_row(fcinfo, values, nulls);
	return (Datum) 0;
}
