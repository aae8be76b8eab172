/*
 * file.c
 *		Reading and writing decks.
 */
#include "rates/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "rates/report.h"

#define FIRST_BYTES (64 * 1024)

/* All of the stream and a NUL behind it; more than the limit is told by the length. */
static char *
read_all(FILE *in, size_t *length)
{
	size_t capacity = FIRST_BYTES;
	char *text = must_alloc(capacity + 1);
	size_t got;

	*length = 0;
	while ((got = fread(text + *length, 1, capacity - *length, in)) > 0 &&
	       (*length += got) <= RATES_FILE_BYTES_MAX)
		if (*length == capacity)
		{
			capacity *= 2;
			text = must(realloc(text, capacity + 1));
		}
	text[*length] = '\0';
	return text;
}

/* What keeps the text from being sent to the database; NULL when nothing does. */
static const char *
text_fault(const char *text, size_t length)
{
	if (length > RATES_FILE_BYTES_MAX)
		return "is larger than 256 MiB, more than any deck of rates";
	if (strcspn(text, ";") < strcspn(text, ",\n"))
		return "separates its columns by semicolons; save it as CSV with commas";
	if (strlen(text) < length)
		return "is no text in UTF-8: it holds NUL bytes; save it as CSV in UTF-8";
	return NULL;
}

char *
rates_file_read(const char *path)
{
	bool standard_input = strcmp(path, "-") == 0;
	const char *name = standard_input ? "standard input" : path;
	FILE *in = standard_input ? stdin : fopen(path, "r");
	const char *fault;
	size_t length;
	char *text;

	if (in == NULL)
	{
		report_say("%s: could not open: %s", name, strerror(errno));
		return NULL;
	}
	text = read_all(in, &length);
	fault = ferror(in) ? strerror(errno) : text_fault(text, length);
	if (fault != NULL)
	{
		report_say("%s: %s", name, fault);
		free(text);
		text = NULL;
	}
	if (!standard_input)
		fclose(in);
	return text;
}

bool
rates_file_write(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	bool written = out != NULL && fputs(text, out) >= 0;

	if (out != NULL && fclose(out) != 0)
		written = false;
	if (!written)
		report_say("%s: could not write: %s", path, strerror(errno));
	return written;
}
