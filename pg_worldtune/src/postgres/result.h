/*
 * result.h
 *		Arguments in, composite rows out: what every SQL-callable function does the same way.
 */
#ifndef WORLDTUNE_RESULT_H
#define WORLDTUNE_RESULT_H

#include "fmgr.h"

/* The composite row that the function was declared to return. Error when the counts differ. */
extern Datum result_row(FunctionCallInfo fcinfo, int count, Datum *values, bool *nulls);

/* Adds such a row to a materialised set, after InitMaterializedSRF. */
extern void result_add_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls);

/* Adds all rows of SPI_tuptable, of so many columns, to such a set. */
extern void result_add_rows(FunctionCallInfo fcinfo, int count);

/* Error 22004 that names the argument when it is NULL: a strict function would turn a forgotten argument into
 * silence. */
extern void require_argument(FunctionCallInfo fcinfo, int argument, const char *name);

/* An integer argument from 1 to the greatest; error 22023 for any other, 22004 for NULL. */
extern int32 argument_between(FunctionCallInfo fcinfo, int argument, const char *name, int32 greatest);

/* Sets a text column of a row, NULL for NULL. */
extern void result_set_text(Datum *values, bool *nulls, int column, const char *string);

/* A text argument as a C string, NULL for NULL. */
extern char *optional_cstring(FunctionCallInfo fcinfo, int argument);

/* Error 22023 with that message when the text is NULL or blank. */
extern void require_words(const char *text, const char *message);

/* A text argument that is a name which others gave: a key, a payment's id; NULL for NULL. Error 22023 unless it has 1 to 255 characters. */
extern char *optional_name(FunctionCallInfo fcinfo, int argument, const char *name);

#endif
