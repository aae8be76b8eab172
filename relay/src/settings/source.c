/*
 * source.c
 *		The environment, and then the file: what the file says wins.
 */
#include "settings/source.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#define SECRET_BYTES_MAX 65536
#define FILE_SUFFIX "_FILE"

typedef struct Reading
{
	const Setting *settings;
	int count;
	char **texts;
	bool *broken;
	FILE *problems;
	int faults;
} Reading;

/* The setting of that name, or -1. */
static int
find_setting(const Reading *reading, const char *name, size_t length)
{
	for (int i = 0; i < reading->count; i++)
		if (strlen(reading->settings[i].name) == length &&
		    strncmp(reading->settings[i].name, name, length) == 0)
			return i;
	return -1;
}

/* The secret of which NAME_FILE names the file; -1 when the name is no such. */
static int
find_secret_file(const Reading *reading, const char *name)
{
	size_t length = strlen(name);
	size_t suffix = strlen(FILE_SUFFIX);
	int found;

	if (length <= suffix || strcmp(name + length - suffix, FILE_SUFFIX) != 0)
		return -1;
	found = find_setting(reading, name, length - suffix);
	return found >= 0 && (reading->settings[found].flags & SETTING_SECRET) ? found : -1;
}

/* What else stands in the file that `make run` writes. */
static bool
is_of_others(const char *name)
{
	static const char *const names[] = {"DEMO_JWT", "DEMO_USER_ID", "RELAY_URL"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
set_text(Reading *reading, int which, const char *text)
{
	free(reading->texts[which]);
	reading->texts[which] = text != NULL && text[0] != '\0' ? must_copy(text) : NULL;
}

/* Cuts blanks around the text, and quotes if it stands in a pair of them. Changes the text. */
static char *
trim(char *text, bool unquote)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && isspace((unsigned char) text[length - 1]))
		text[--length] = '\0';
	if (unquote && length >= 2 && (text[0] == '"' || text[0] == '\'') && text[length - 1] == text[0])
	{
		text[length - 1] = '\0';
		text++;
	}
	return text;
}

/* The secret is all of the file, but for line ends at its end. */
static void
read_secret(Reading *reading, int which, const char *file)
{
	const char *name = reading->settings[which].name;
	char text[SECRET_BYTES_MAX + 1];
	FILE *in = fopen(file, "r");
	size_t length = in != NULL ? fread(text, 1, sizeof(text), in) : 0;
	const char *fault = NULL;

	if (in == NULL || ferror(in))
		fault = strerror(errno);
	else if (length > SECRET_BYTES_MAX || memchr(text, '\0', length) != NULL)
		fault = "it holds no text, or too much of it";
	if (fault != NULL)
	{
		fprintf(reading->problems, "%s" FILE_SUFFIX ": could not read %s: %s\n", name, file, fault);
		reading->broken[which] = true;
		reading->faults++;
	}
	else
	{
		while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
			length--;
		text[length] = '\0';
		set_text(reading, which, text);
	}
	explicit_bzero(text, sizeof(text));
	if (in != NULL)
		fclose(in);
}

static void
read_environment(Reading *reading)
{
	for (int i = 0; i < reading->count; i++)
	{
		const Setting *setting = &reading->settings[i];
		char *file_name = must_format("%s" FILE_SUFFIX, setting->name);
		const char *file = setting->flags & SETTING_SECRET ? getenv(file_name) : NULL;
		const char *text = getenv(setting->name);

		if (file != NULL && file[0] != '\0' && text != NULL && text[0] != '\0')
		{
			fprintf(reading->problems, "%s and %s: set one of them\n", setting->name, file_name);
			reading->broken[i] = true;
			reading->faults++;
		}
		else if (file != NULL && file[0] != '\0')
			read_secret(reading, i, file);
		else
			set_text(reading, i, text);
		free(file_name);
	}
}

static void
read_line(Reading *reading, char *line, const char *file, int number)
{
	char *name = trim(line, false);
	char *equals = strchr(name, '=');
	int which;

	if (name[0] == '\0' || name[0] == '#')
		return;
	if (equals == NULL)
	{
		fprintf(reading->problems, "%s:%d: expected NAME=value\n", file, number);
		reading->faults++;
		return;
	}
	*equals = '\0';
	name = trim(name, false);
	which = find_setting(reading, name, strlen(name));
	if (which >= 0)
		set_text(reading, which, trim(equals + 1, true));
	else if ((which = find_secret_file(reading, name)) >= 0)
		read_secret(reading, which, trim(equals + 1, true));
	else if (!is_of_others(name))
	{
		fprintf(reading->problems, "%s:%d: unknown setting %s; --help lists all\n", file, number, name);
		reading->faults++;
	}
}

static void
read_file(Reading *reading, const char *file)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t capacity = 0;
	int number = 0;

	if (in == NULL)
	{
		fprintf(reading->problems, "%s: could not open: %s\n", file, strerror(errno));
		memset(reading->broken, true, (size_t) reading->count * sizeof(bool));
		reading->faults++;
		return;
	}
	while (getline(&line, &capacity, in) >= 0)
		read_line(reading, line, file, ++number);
	if (ferror(in))
	{
		fprintf(reading->problems, "%s: could not read: %s\n", file, strerror(errno));
		reading->faults++;
	}
	free(line);
	fclose(in);
}

int
source_read(const Setting *settings, int count, const char *file, char **texts, bool *broken, FILE *problems)
{
	Reading reading = {
	    .settings = settings, .count = count, .texts = texts, .broken = broken, .problems = problems};

	memset(texts, 0, count * sizeof(char *));
	memset(broken, 0, count * sizeof(bool));
	read_environment(&reading);
	if (file != NULL)
		read_file(&reading, file);
	return reading.faults;
}
