/*
 * statement.h
 *		SQL statements as static structures, prepared once a backend as saved SPI plans.
 *
 * Every statement names its tables with their schema. A saved plan heals itself when a table changes or is
 * made anew: PostgreSQL's plan cache analyses it again. Callers are inside SPI_connect/SPI_finish.
 */
#ifndef WORLDTUNE_STATEMENT_H
#define WORLDTUNE_STATEMENT_H

#include "executor/spi.h"

#include "postgres/table.h"

#define STATEMENT_MAX_ARGS 24
#define STATEMENT_MAX_TABLES 4

typedef struct Statement
{
	const char *sql;
	int expected; /* the SPI result code that success has, SPI_OK_SELECT and so on */
	int nargs;
	Oid argtypes[STATEMENT_MAX_ARGS];
	/* The application's tables that it reads (FROM ONLY): each is looked at first, so that no view's or type's
	 * code runs in here. They are never written by a statement: see row.h. */
	Table *reads[STATEMENT_MAX_TABLES];
	bool parallel;   /* long enough that workers may help */
	SPIPlanPtr plan; /* NULL until first used */
} Statement;

/*
 * Runs the statement. nulls is NULL or SPI's string of ' ' and 'n'. Returns SPI_processed; rows, if any, are
 * in SPI_tuptable. statement_run is for VOLATILE functions: it sees what committed before it, in every
 * isolation level. statement_query is for STABLE ones: it sees what the calling query sees. One function uses
 * one of them.
 */
extern uint64 statement_run(Statement *statement, Datum *values, const char *nulls);
extern uint64 statement_query(Statement *statement, Datum *values, const char *nulls);

/* Column (from 1) of the first row of SPI_tuptable. */
extern Datum statement_value(int column, bool *isnull);

/* The same where the query cannot return NULL; elog(ERROR) when it does. */
extern Datum statement_value_not_null(int column);

/* The same as a C string that outlives SPI_finish; NULL for NULL. Any type that has a text form. */
extern char *statement_string(int column);

/* A copy that outlives SPI_finish; NULL for NULL. */
extern char *statement_keep(const char *string);

/* The same as micro-credits; 0 for NULL. */
extern int64 statement_micros(int column);

#endif
