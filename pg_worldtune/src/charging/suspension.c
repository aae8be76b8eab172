/*
 * suspension.c
 *		Users whom the operator lets place no calls. What is open is ended by the relay: see overdue.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_suspend_user);
PG_FUNCTION_INFO_V1(worldtune_resume_user);

/* Of a user who is suspended already the time stays as it was. */
static Statement suspend = {
    .sql =
        "INSERT INTO worldtune.user_limits AS l (user_id, suspended_at, suspended_reason) VALUES ($1, now(), $2)"
        " ON CONFLICT (user_id) DO UPDATE"
        " SET suspended_at = coalesce(l.suspended_at, now()), suspended_reason = $2",
    .expected = SPI_OK_INSERT,
    .nargs = 2,
    .argtypes = {UUIDOID, TEXTOID},
};

static Statement resume = {
    .sql = "UPDATE worldtune.user_limits SET suspended_at = NULL, suspended_reason = NULL"
           " WHERE user_id = $1 AND suspended_at IS NOT NULL",
    .expected = SPI_OK_UPDATE,
    .nargs = 1,
    .argtypes = {UUIDOID},
};

static Datum
known_user(FunctionCallInfo fcinfo)
{
	Account account;

	require_argument(fcinfo, 0, "user_id");
	if (!account_read(PG_GETARG_UUID_P(0), ROW_LATEST, &account))
		account_unknown_user(PG_GETARG_UUID_P(0));
	return PG_GETARG_DATUM(0);
}

static void
run(Statement *statement, Datum *values)
{
	SPI_connect();
	statement_run(statement, values, NULL);
	SPI_finish();
}

Datum
worldtune_suspend_user(PG_FUNCTION_ARGS)
{
	Datum values[] = {known_user(fcinfo), PG_GETARG_DATUM(1)};

	require_words(optional_cstring(fcinfo, 1), "reason must say why the user is suspended");
	run(&suspend, values);
	PG_RETURN_VOID();
}

Datum
worldtune_resume_user(PG_FUNCTION_ARGS)
{
	Datum user_id = known_user(fcinfo);

	run(&resume, &user_id);
	PG_RETURN_VOID();
}
