/*
 * csv.c
 *		Writing CSV.
 */
#include "audit/csv.h"

#include <string.h>

/* What a spreadsheet would compute; a number may begin with a sign. */
static bool
is_formula(const char *text, ReportKind kind)
{
	return kind == REPORT_TEXT && text[0] != '\0' && strchr("=+-@\t", text[0]) != NULL;
}

static void
write_cell(FILE *out, const char *text, ReportKind kind)
{
	if (text == NULL)
		return;
	if (strpbrk(text, "\",\r\n") == NULL && !is_formula(text, kind))
	{
		fputs(text, out);
		return;
	}
	fputc('"', out);
	if (is_formula(text, kind))
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
			write_cell(out, row < 0 ? columns[column].name : report_cell(report, row, column),
			           columns[column].kind);
			fputs(column + 1 < column_count ? "," : "\r\n", out);
		}
}
