/*
 * statement.c
 *		SQL statements prepared once a backend as saved SPI plans. See statement.h.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/numeric.h"
#include "utils/snapmgr.h"

#include "postgres/money.h"
#include "postgres/statement.h"

static void
prepare(Statement *statement)
{
	SPIPlanPtr plan = SPI_prepare_cursor(statement->sql, statement->nargs, statement->argtypes,
	                                     statement->parallel ? CURSOR_OPT_PARALLEL_OK : 0);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s: %s", SPI_result_code_string(SPI_result), statement->sql);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed: %s", statement->sql);
	statement->plan = plan;
}

static void
begin(Statement *statement)
{
	int tables = 0;

	while (tables < STATEMENT_MAX_TABLES && statement->reads[tables] != NULL)
		tables++;
	table_require_all(statement->reads, tables);
	if (statement->plan == NULL)
		prepare(statement);
}

static uint64
check(const Statement *statement, int result)
{
	if (result != statement->expected)
		elog(ERROR, "SPI_execute_plan returned %s: %s", SPI_result_code_string(result), statement->sql);
	return SPI_processed;
}

uint64
statement_run(Statement *statement, Datum *values, const char *nulls)
{
	Snapshot snapshot;
	int result;

	begin(statement);
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	result = SPI_execute_snapshot(statement->plan, values, nulls, snapshot, InvalidSnapshot, false, true, 0);
	UnregisterSnapshot(snapshot);
	return check(statement, result);
}

uint64
statement_query(Statement *statement, Datum *values, const char *nulls)
{
	begin(statement);
	return check(statement, SPI_execute_plan(statement->plan, values, nulls, true, 0));
}

Datum
statement_value(int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, isnull);
}

Datum
statement_value_not_null(int column)
{
	bool isnull;
	Datum value = statement_value(column, &isnull);

	if (isnull)
		elog(ERROR, "column %d is null where it cannot be", column);
	return value;
}

char *
statement_string(int column)
{
	return statement_keep(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column));
}

char *
statement_keep(const char *string)
{
	return string == NULL ? NULL : strcpy(SPI_palloc(strlen(string) + 1), string);
}

int64
statement_micros(int column)
{
	bool isnull;
	Datum value = statement_value(column, &isnull);

	return isnull ? 0 : DatumGetMicros(value, SPI_fname(SPI_tuptable->tupdesc, column));
}
