/*
 * csv.h
 *		A report as CSV (RFC 4180).
 */
#ifndef RELAY_CSV_H
#define RELAY_CSV_H

#include <stdio.h>

#include "rates/report.h"

/* The names of the columns, then so many rows. What a spreadsheet would take for a formula it gets as text. */
extern void csv_print(FILE *out, const Report *report, const ReportColumn *columns, int column_count,
                      int row_count);

#endif
