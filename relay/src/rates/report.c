/*
 * report.c
 *		Tables and JSON from the same rows.
 */
#include "rates/report.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/json.h"
#include "base/must.h"

#define GAP "  "

struct Report
{
	const ReportColumn *columns;
	int column_count;
	char **cells; /* row by row */
	int row_count;
};

Report *
report_open(const ReportColumn *columns, int column_count)
{
	Report *report = must_alloc(sizeof(Report));

	report->columns = columns;
	report->column_count = column_count;
	return report;
}

void
report_close(Report *report)
{
	if (report == NULL)
		return;
	for (int i = 0; i < report->row_count * report->column_count; i++)
		free(report->cells[i]);
	free(report->cells);
	free(report);
}

const char *
report_cell(const Report *report, int row, int column)
{
	return report->cells[row * report->column_count + column];
}

void
report_add(Report *report, const char *const *cells)
{
	size_t used = (size_t) report->row_count * report->column_count;

	report->cells = must(reallocarray(report->cells, used + (size_t) report->column_count, sizeof(char *)));
	for (int column = 0; column < report->column_count; column++)
		report->cells[used + column] = cells[column] != NULL ? must_copy(cells[column]) : NULL;
	report->row_count++;
}

void
report_add_rows(Report *report, const PGresult *rows)
{
	const char **cells = must_alloc(report->column_count * sizeof(char *));

	for (int row = 0; row < PQntuples(rows); row++)
	{
		for (int column = 0; column < report->column_count; column++)
			cells[column] = PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
		report_add(report, cells);
	}
	free(cells);
}

static bool
is_true(const char *text)
{
	return text != NULL && text[0] == 't';
}

static const char *
shown(const Report *report, int row, int column)
{
	const char *text = report_cell(report, row, column);

	if (report->columns[column].kind == REPORT_BOOL)
		return is_true(text) ? "yes" : "";
	return text != NULL ? text : "";
}

/* Until the answer is given to leave_utf8, texts are read as UTF-8, whatever the locale of the process. */
static locale_t
enter_utf8(void)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);

	uselocale(utf8);
	return utf8;
}

static void
leave_utf8(locale_t utf8)
{
	uselocale(LC_GLOBAL_LOCALE);
	if (utf8 != NULL)
		freelocale(utf8);
}

/*
 * Writes the text, if there is a stream, and returns how many columns of a terminal it takes. A deck is a
 * stranger's file: what could steer the terminal, and what is no character, becomes a question mark.
 */
static int
write_text(FILE *out, const char *text)
{
	mbstate_t state = {0};
	int width = 0;

	while (*text != '\0')
	{
		wchar_t character;
		size_t bytes = mbrtowc(&character, text, MB_CUR_MAX, &state);
		int columns = bytes <= MB_CUR_MAX ? wcwidth(character) : -1;

		if (bytes > MB_CUR_MAX)
		{
			bytes = 1;
			memset(&state, 0, sizeof(state));
		}
		if (out != NULL)
			fprintf(out, "%.*s", columns < 0 ? 1 : (int) bytes, columns < 0 ? "?" : text);
		width += columns < 0 ? 1 : columns;
		text += bytes;
	}
	return width;
}

static int
column_width(const Report *report, int column)
{
	int width = write_text(NULL, report->columns[column].heading);

	for (int row = 0; row < report->row_count; row++)
	{
		int cell_width = write_text(NULL, shown(report, row, column));

		if (cell_width > width)
			width = cell_width;
	}
	return width;
}

static void
write_cell(FILE *out, const char *text, int width, bool right)
{
	int blanks = width - write_text(NULL, text);

	if (right)
		fprintf(out, "%*s", blanks, "");
	write_text(out, text);
	fprintf(out, "%*s" GAP, right ? 0 : blanks, "");
}

/* The row, or the headings for -1, without blanks at its end. */
static void
print_line(const Report *report, int row, const int *widths)
{
	char *line = NULL;
	size_t length;
	FILE *out = must(open_memstream(&line, &length));

	for (int column = 0; column < report->column_count; column++)
	{
		const ReportColumn *it = &report->columns[column];
		bool right = it->kind == REPORT_DECIMAL || it->kind == REPORT_INTEGER;

		if (it->heading != NULL)
			write_cell(out, row < 0 ? it->heading : shown(report, row, column), widths[column], right);
	}
	fclose(out);
	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
	puts(line);
	free(line);
}

void
report_print_table(const Report *report)
{
	int *widths = must_alloc(report->column_count * sizeof(int));
	locale_t utf8 = enter_utf8();

	for (int column = 0; column < report->column_count; column++)
		if (report->columns[column].heading != NULL)
			widths[column] = column_width(report, column);
	for (int row = -1; row < report->row_count; row++)
		print_line(report, row, widths);
	leave_utf8(utf8);
	free(widths);
}

cJSON *
report_row_json(const Report *report, int row)
{
	cJSON *object = must(cJSON_CreateObject());

	for (int column = 0; column < report->column_count; column++)
	{
		const ReportColumn *it = &report->columns[column];
		const char *text = report_cell(report, row, column);

		if (it->name == NULL)
			continue;
		if (it->kind == REPORT_BOOL && text != NULL)
			cJSON_AddBoolToObject(object, it->name, is_true(text));
		else if (it->kind == REPORT_INTEGER)
			json_add_integer(object, it->name, text);
		else
			json_add_text(object, it->name, text);
	}
	return object;
}

cJSON *
report_json(const Report *report)
{
	cJSON *array = must(cJSON_CreateArray());

	for (int row = 0; row < report->row_count; row++)
		cJSON_AddItemToArray(array, report_row_json(report, row));
	return array;
}

void
report_print_json(cJSON *json)
{
	char *text = must(cJSON_Print(json));

	puts(text);
	free(text);
	cJSON_Delete(json);
}

void
report_print(const Report *report, const char *name, bool json)
{
	cJSON *object;

	if (!json)
	{
		report_print_table(report);
		return;
	}
	object = must(cJSON_CreateObject());
	cJSON_AddItemToObject(object, name, report_json(report));
	report_print_json(object);
}

void
report_say(const char *format, ...)
{
	locale_t utf8 = enter_utf8();
	char *text = NULL;
	char *rest;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	rest = must(text);
	fputs("worldtune-relay: ", stderr);
	for (char *line; (line = strsep(&rest, "\n")) != NULL; fputc('\n', stderr))
		write_text(stderr, line);
	free(text);
	leave_utf8(utf8);
}
