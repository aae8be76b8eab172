/*
 * csv.c
 *		Writing CSV.
 */
#include "audit/csv.h"

#include <string.h>

static void
write_cell(FILE *out, const char *text)
{
	if (text == NULL)
		return;
	if (strpbrk(text, "\",\r\n") == NULL && strchr("=+@", text[0]) == NULL)
	{
		fputs(text, out);
		return;
	}
	fputc('"', out);
	if (text[0] != '\0' && strchr("=+@", text[0]) != NULL)
		fputc('\'', out);
	for (; *text != '\0'; text++)
	{
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void
csv_print(FILE *out, const Report *report, const ReportColumn *columns, int column_count, int row_count)
{
	for (int row = -1; row < row_count; row++)
		for (int column = 0; column < column_count; column++)
		{
			write_cell(out, row < 0 ? columns[column].name : report_cell(report, row, column));
			fputs(column + 1 < column_count ? "," : "\r\n", out);
		}
}
