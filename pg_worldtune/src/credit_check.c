/*
 * credit_check.c
 *		What a user has, and whether it pays for a call. Nothing here changes anything.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "account.h"
#include "claims.h"
#include "money.h"
#include "rate.h"
#include "result.h"

PG_FUNCTION_INFO_V1(worldtune_user_check_credit);
PG_FUNCTION_INFO_V1(worldtune_check_credit);
PG_FUNCTION_INFO_V1(worldtune_user_account);
PG_FUNCTION_INFO_V1(worldtune_my_account);

#define MAX_MINUTES 1440
#define CREDIT_CHECK_COLUMNS 11
#define ACCOUNT_COLUMNS 4

static bool
read_account(const pg_uuid_t *user_id, Account *account)
{
	bool found;

	SPI_connect();
	found = account_read(user_id, account);
	SPI_finish();
	return found;
}

static void
fill_text(const char *value, int column, Datum *values, bool *nulls)
{
	nulls[column] = value == NULL;
	values[column] = value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

static void
fill_account(const Account *account, Datum *values, bool *nulls)
{
	memset(nulls, false, 3 * sizeof(bool));
	values[0] = MicrosGetDatum(account->balance_micros);
	values[1] = MicrosGetDatum(account->held_micros);
	values[2] = MicrosGetDatum(account_available(account));
}

/* The columns that a rate adds. Returns whether the credit pays for so many seconds. */
static bool
fill_price(const Account *account, const Rate *rate, int32 seconds, Datum *values, bool *nulls)
{
	int64 required = billing_cost_micros(&rate->terms, seconds);

	values[5] = MicrosGetDatum(rate->terms.rate_micros);
	values[6] = MicrosGetDatum(required);
	values[7] = Int32GetDatum(
	    billing_affordable_seconds(&rate->terms, account_available(account), account->max_call_seconds));
	nulls[5] = nulls[6] = nulls[7] = false;
	fill_text(rate->country, 9, values, nulls);
	fill_text(rate->iso_country, 10, values, nulls);
	return account_available(account) >= Max(required, 0);
}

static Datum
credit_check(FunctionCallInfo fcinfo, const pg_uuid_t *user_id, const E164 *number, int32 minutes,
             const E164 *caller_id)
{
	Datum values[CREDIT_CHECK_COLUMNS];
	bool nulls[CREDIT_CHECK_COLUMNS];
	const char *reason = NULL;
	Account account;
	Rate rate;

	if (minutes < 1 || minutes > MAX_MINUTES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("minutes must be between 1 and %d, not %d", MAX_MINUTES, minutes)));

	memset(nulls, true, sizeof(nulls));
	if (!read_account(user_id, &account))
		reason = "unknown_user";
	else
	{
		fill_account(&account, &values[2], &nulls[2]);
		values[8] = BoolGetDatum(account_is_low(&account));
		nulls[8] = false;
		if (!rate_find(number, caller_id, &rate))
			reason = "no_rate";
		else if (!fill_price(&account, &rate, minutes * 60, values, nulls))
			reason = "insufficient_credit";
	}

	values[0] = BoolGetDatum(reason == NULL);
	nulls[0] = false;
	fill_text(reason, 1, values, nulls);
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

static Datum
account_row(FunctionCallInfo fcinfo, const pg_uuid_t *user_id)
{
	Datum values[ACCOUNT_COLUMNS];
	bool nulls[ACCOUNT_COLUMNS] = {false};
	Account account;

	if (!read_account(user_id, &account))
		account_unknown_user(user_id);
	fill_account(&account, values, nulls);
	values[3] = BoolGetDatum(account_is_low(&account));
	return result_row(fcinfo, ACCOUNT_COLUMNS, values, nulls);
}

Datum
worldtune_user_account(PG_FUNCTION_ARGS)
{
	require_argument(fcinfo, 0, "user_id");
	return account_row(fcinfo, PG_GETARG_UUID_P(0));
}

Datum
worldtune_my_account(PG_FUNCTION_ARGS)
{
	pg_uuid_t user_id;

	claims_require_user_id(&user_id);
	return account_row(fcinfo, &user_id);
}
