/*
 * report.h
 *		What the rates commands say: rows as a table for people or as JSON for programs, on standard output;
 *		what went wrong, on standard error.
 */
#ifndef RELAY_RATES_REPORT_H
#define RELAY_RATES_REPORT_H

#include <stdbool.h>

#include <cjson/cJSON.h>
#include <libpq-fe.h>

typedef enum ReportKind
{
	REPORT_TEXT,
	REPORT_DECIMAL, /* stays text in JSON, too */
	REPORT_INTEGER,
	REPORT_BOOL,
} ReportKind;

typedef struct ReportColumn
{
	const char *heading; /* NULL: not in the table */
	const char *name;    /* NULL: not in the JSON */
	ReportKind kind;
} ReportColumn;

typedef struct Report Report;

/* The columns must outlive the report. */
extern Report *report_open(const ReportColumn *columns, int column_count);
extern void report_close(Report *report);

/* Adds a row; the cells are copied, NULL is SQL's. */
extern void report_add(Report *report, const char *const *cells);

/* Adds all rows; the column i of the report is that of the rows. */
extern void report_add_rows(Report *report, const PGresult *rows);

/* NULL for SQL's. */
extern const char *report_cell(const Report *report, int row, int column);

/* Columns are aligned; a text's control characters are shown as question marks. */
extern void report_print_table(const Report *report);

/* The row as an object, all rows as an array. */
extern cJSON *report_row_json(const Report *report, int row);
extern cJSON *report_json(const Report *report);

/* The table, or an object that has the rows under that name. */
extern void report_print(const Report *report, const char *name, bool json);

/* Prints the JSON, which it takes over. */
extern void report_print_json(cJSON *json);

/* For the person at the terminal, on standard error; control characters as in tables. */
extern void report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
