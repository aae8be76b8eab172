/*
 * statement.c
 *		SQL statements prepared once a backend as saved SPI plans. See statement.h.
 */
#include "postgres.h"

#include "statement.h"

static void
prepare(Statement *statement)
{
	SPIPlanPtr plan = SPI_prepare(statement->sql, statement->nargs, statement->argtypes);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s: %s", SPI_result_code_string(SPI_result), statement->sql);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed: %s", statement->sql);
	statement->plan = plan;
}

uint64
statement_run(Statement *statement, Datum *values, const char *nulls)
{
	int result;

	if (statement->plan == NULL)
		prepare(statement);

	result = SPI_execute_plan(statement->plan, values, nulls, false, 0);
	if (result != statement->expected)
		elog(ERROR, "SPI_execute_plan returned %s: %s", SPI_result_code_string(result), statement->sql);
	return SPI_processed;
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
