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

static bool
check_decks(const RatesOptions *options)
{
	for (int i = 0; i < options->argument_count; i++)
		if (options->arguments[i][strspn(options->arguments[i], DIGITS)] != '\0')
		{
			report_say("rates diff takes the ids of two decks, as rates list shows them; %s is none",
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
	return strcmp(command, "diff") != 0 || check_decks(options);
}
