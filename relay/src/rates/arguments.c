/*
 * arguments.c
 *		Checking values of options and arguments.
 */
#include "rates/arguments.h"

#include <stddef.h>
#include <string.h>

#include "rates/report.h"

#define DIGITS "0123456789"

/* A decimal number such as 0.25 or -0.05. */
static bool
is_decimal(const char *text)
{
	size_t whole, fraction;

	text += *text == '-';
	whole = strspn(text, DIGITS);
	text += whole;
	if (*text == '\0')
		return whole > 0;
	if (*text != '.')
		return false;
	fraction = strspn(text + 1, DIGITS);
	return fraction > 0 && text[1 + fraction] == '\0';
}

/* The commands whose arguments are decks. */
static bool
takes_decks(const char *command)
{
	return strcmp(command, "diff") == 0 || strcmp(command, "activate") == 0 || strcmp(command, "cancel") == 0;
}

static bool
check_decks(const char *command, const RatesOptions *options)
{
	for (int i = 0; i < options->argument_count; i++)
		if (options->arguments[i][strspn(options->arguments[i], DIGITS)] != '\0')
		{
			report_say("rates %s takes the %s, as rates list shows them; %s is none", command,
			           options->argument_count > 1 ? "ids of two decks" : "id of a deck",
			           options->arguments[i]);
			return false;
		}
	return true;
}

bool
arguments_check(const char *command, const RatesOptions *options)
{
	if (!is_decimal(options->markup))
	{
		report_say("--markup %s is no fraction; 0.25 adds 25 percent", options->markup);
		return false;
	}
	if (strcmp(options->basis, "max") != 0 && strcmp(options->basis, "min") != 0)
	{
		report_say("--basis is max or min, not %s", options->basis);
		return false;
	}
	if (options->keep != NULL && options->keep[strspn(options->keep, DIGITS)] != '\0')
	{
		report_say("--keep takes a number of decks, not %s", options->keep);
		return false;
	}
	if (strcmp(command, "prune") == 0 && options->keep == NULL && options->older_than == NULL)
	{
		report_say("rates prune: say --keep N, --older-than '90 days', or both");
		return false;
	}
	return !takes_decks(command) || check_decks(command, options);
}
