/*
 * command.c
 *		Which rates command it is, and its options.
 */
#include "rates/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "rates/arguments.h"
#include "rates/import.h"
#include "rates/options.h"
#include "rates/pull.h"
#include "rates/report.h"
#include "rates/show.h"
#include "settings/config.h"

typedef struct Command
{
	const char *name;
	const char *accepts; /* letters of options[] beside those that all commands know */
	int arguments_least;
	int arguments_most;
	ConfigUse use;
	int (*run)(const Config *config, const RatesOptions *options);
} Command;

static const Command commands[] = {
    {"import", "nbmtflpd", 1, 1, CONFIG_FOR_RATES, rates_import_run},
    {"pull", "nmtflpsdC", 0, INT_MAX, CONFIG_FOR_PULL, rates_pull_run},
    {"list", "", 0, 0, CONFIG_FOR_RATES, rates_show_list},
    {"diff", "", 2, 2, CONFIG_FOR_RATES, rates_show_diff},
    {"lookup", "ia", 1, INT_MAX, CONFIG_FOR_RATES, rates_show_lookup},
    {"activate", "", 1, 1, CONFIG_FOR_RATES, rates_show_activated},
    {"cancel", "", 1, 1, CONFIG_FOR_RATES, rates_show_cancelled},
    {"prune", "ko", 0, 0, CONFIG_FOR_RATES, rates_show_pruned},
};

#define FOR_ALL "cjh"

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"name", required_argument, NULL, 'n'},
    {"basis", required_argument, NULL, 'b'},
    {"markup", required_argument, NULL, 'm'},
    {"effective-at", required_argument, NULL, 't'},
    {"allow-free", no_argument, NULL, 'f'},
    {"allow-losses", no_argument, NULL, 'l'},
    {"allow-past", no_argument, NULL, 'p'},
    {"caller-id", required_argument, NULL, 'i'},
    {"country", required_argument, NULL, 'C'},
    {"at", required_argument, NULL, 'a'},
    {"keep", required_argument, NULL, 'k'},
    {"older-than", required_argument, NULL, 'o'},
    {"save", required_argument, NULL, 's'},
    {"dry-run", no_argument, NULL, 'd'},
    {0},
};

static void
print_help(FILE *out)
{
	fputs(
	    "worldtune-relay [--config FILE] rates COMMAND [OPTIONS]\n"
	    "\n"
	    "  import FILE|-       imports a deck of rates from a CSV file, or from standard input\n"
	    "    --name NAME       the deck's name\n"
	    "    --basis max|min   which end of a price range is charged [max]\n"
	    "    --markup 0.25     added to the carrier's prices, as a fraction [0]\n"
	    "    --effective-at T  when it takes effect, such as '2027-01-01 00:00+00' [now]\n"
	    "    --allow-free      prices may be zero\n"
	    "    --allow-losses    more than a tenth of the destinations in force may be lost\n"
	    "    --allow-past      T may be in the past\n"
	    "    --dry-run         shows what would come of it, and imports nothing\n"
	    "  pull                imports what Twilio charges this account now, as one deck\n"
	    "    --country GB …    these countries alone [all of Twilio's]\n"
	    "    --name, --markup, --effective-at, --allow-…, --dry-run as above\n"
	    "    --save FILE       keeps the deck as a CSV file, too\n"
	    "  list                all decks\n"
	    "  diff A B            what prefixes cost in deck B that cost something else in deck A, by the decks' ids\n"
	    "  lookup NUMBER…      what a call costs\n"
	    "    --caller-id N     the number that the call shows [TWILIO_PHONE_NUMBER]\n"
	    "    --at T            what it cost then, or will [now]\n"
	    "  activate DECK       puts a deck in force now, an earlier one, say\n"
	    "  cancel DECK         takes a scheduled deck back\n"
	    "  prune               deletes decks that nothing needs, and shows them\n"
	    "    --keep N          but for the newest N\n"
	    "    --older-than T    of those that took effect so long ago, such as '90 days'\n"
	    "\n"
	    "Every command knows --json, --config FILE and --help. Exit code: 0 done; 1 failed, or no rate; 2 wrong usage\n"
	    "or settings.\n",
	    out);
}

static const Command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
take_option(RatesOptions *taken, int letter, char *value)
{
	switch (letter)
	{
		case 'c':
			taken->config_file = value;
			break;
		case 'j':
			taken->json = true;
			break;
		case 'n':
			taken->name = value;
			break;
		case 'b':
			taken->basis = value;
			break;
		case 'm':
			taken->markup = value;
			break;
		case 't':
			taken->effective_at = value;
			break;
		case 'f':
			taken->allow_free = true;
			break;
		case 'l':
			taken->allow_losses = true;
			break;
		case 'p':
			taken->allow_past = true;
			break;
		case 'i':
			taken->caller_id = value;
			break;
		case 'a':
			taken->at = value;
			break;
		case 'k':
			taken->keep = value;
			break;
		case 'o':
			taken->older_than = value;
			break;
		case 's':
			taken->save = value;
			break;
		case 'd':
			taken->dry_run = true;
			break;
		case 'C':
			taken->arguments[taken->argument_count++] = value;
			break;
	}
}

/* False after having said what is wrong. There is room for argc arguments. */
static bool
read_options(const Command *command, int argc, char **argv, RatesOptions *taken)
{
	int letter, which;

	optind = 0; /* main() has used getopt for what stands before the command */
	while ((letter = getopt_long(argc, argv, "", options, &which)) != -1)
	{
		if (letter == '?')
			return false;
		if (letter == 'h')
		{
			print_help(stdout);
			exit(EXIT_SUCCESS);
		}
		if (strchr(FOR_ALL, letter) == NULL && strchr(command->accepts, letter) == NULL)
		{
			report_say("rates %s knows no --%s; rates --help lists what there is", command->name,
			           options[which].name);
			return false;
		}
		take_option(taken, letter, optarg);
	}
	while (optind < argc)
		taken->arguments[taken->argument_count++] = argv[optind++];
	if (taken->argument_count >= command->arguments_least && taken->argument_count <= command->arguments_most)
		return true;
	report_say("rates %s: %s arguments; rates --help says what it takes", command->name,
	           taken->argument_count < command->arguments_least ? "too few" : "too many");
	return false;
}

static int
run_with_settings(const Command *command, const RatesOptions *taken)
{
	const Config *config = config_load(taken->config_file, command->use, stderr);
	int status = RATES_EXIT_USAGE;

	if (config != NULL)
		status = command->run(config, taken);
	config_release(config);
	if (fflush(stdout) != 0 || ferror(stdout))
	{
		report_say("could not write the answer");
		status = RATES_EXIT_FAILURE;
	}
	return status;
}

int
rates_command(int argc, char **argv, const char *config_file)
{
	RatesOptions taken = {.config_file = config_file, .basis = "max", .markup = "0", .effective_at = "now"};
	const Command *command = argc > 1 ? find_command(argv[1]) : NULL;
	int status = RATES_EXIT_USAGE;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
	{
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (command == NULL)
	{
		report_say(
		    "rates: say import, pull, list, diff, lookup, activate, cancel or prune; rates --help explains them");
		return status;
	}
	taken.arguments = must_alloc(argc * sizeof(char *));
	if (read_options(command, argc - 1, argv + 1, &taken) && arguments_check(command->name, &taken))
		status = run_with_settings(command, &taken);
	free(taken.arguments);
	return status;
}
