/*
 * options.h
 *		What stands on the command line of a rates command. Each run function answers the exit code.
 */
#ifndef RELAY_RATES_OPTIONS_H
#define RELAY_RATES_OPTIONS_H

#include <stdbool.h>

/* Options that are not given are NULL or false, or what the database takes by default. */
typedef struct RatesOptions
{
	const char *config_file;
	bool json;
	const char *name;
	const char *basis;
	const char *markup;
	const char *effective_at;
	const char *caller_id;
	const char *at;         /* of lookup */
	const char *keep;       /* of prune */
	const char *older_than; /* of prune */
	const char *save;
	bool allow_free;
	bool allow_losses;
	bool allow_past;
	bool dry_run;
	char **arguments; /* what is no option; of `pull`, countries, those of --country among them */
	int argument_count;
} RatesOptions;

#endif
