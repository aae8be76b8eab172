/*
 * words.c
 *		From arguments of import_rates() to options of the rates commands.
 */
#include "rates/words.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

static const struct
{
	const char *sql;
	const char *option;
} words[] = {
    {"allow_free => true", "--allow-free"},
    {"allow_losses => true", "--allow-losses"},
    {"allow_past => true", "--allow-past"},
    {"effective_at", "--effective-at"},
};

/* The text with the first such word replaced, to be freed; NULL when there is none. */
static char *
replace(const char *text, const char *word, const char *by)
{
	const char *found = strstr(text, word);

	return found != NULL ? must_format("%.*s%s%s", (int) (found - text), text, by, found + strlen(word))
	                     : NULL;
}

char *
words_of_commands(const char *text)
{
	char *result = must_copy(text);
	char *replaced;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		while ((replaced = replace(result, words[i].sql, words[i].option)) != NULL)
		{
			free(result);
			result = replaced;
		}
	return result;
}
