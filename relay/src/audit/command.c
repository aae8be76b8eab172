/*
 * command.c
 *		The command line of the audit.
 */
#include "audit/command.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "audit/comparison.h"
#include "audit/csv.h"
#include "rates/report.h"
#include "settings/config.h"
#include "twilio/handles.h"

enum
{
	EXIT_AGREE,
	EXIT_FINDINGS,
	EXIT_USAGE,
	EXIT_NOT_KNOWN,
};

typedef struct Options
{
	const char *config_file;
	const char *day;
	bool csv;
	bool json;
} Options;

static const ReportColumn columns[] = {
    {"FINDING", "finding", REPORT_TEXT},
    {"CALL", "callSid", REPORT_TEXT},
    {"STATUS", "status", REPORT_TEXT},
    {"AT TWILIO", "carrierStatus", REPORT_TEXT},
    {"SECONDS", "durationSeconds", REPORT_INTEGER},
    {"AT TWILIO", "carrierSeconds", REPORT_INTEGER},
    {"CHARGED", "charged", REPORT_DECIMAL},
    {"COST", "cost", REPORT_DECIMAL},
    {NULL, "callId", REPORT_TEXT},
    {NULL, "userId", REPORT_TEXT},
};

static void
print_help(void)
{
	puts(
	    "worldtune-relay [--config FILE] audit DAY [--csv | --json]\n"
	    "\n"
	    "Reads Twilio's list of the calls of a day (UTC, such as 2026-01-31) and holds it against ours, both ways:\n"
	    "\n"
	    "  unknown_to_us       a call of Twilio's that we do not have\n"
	    "  unknown_to_carrier  a call of ours that Twilio does not have\n"
	    "  unbilled            Twilio tells seconds of talk, and nothing was charged\n"
	    "  other_seconds       Twilio tells other seconds than were charged for, by more than one\n"
	    "  dearer_than_sold    Twilio charges more for the legs than the caller paid\n"
	    "  price_unknown       a day after its end Twilio tells no price\n"
	    "\n"
	    "Exit code: 0 both agree; 1 they do not; 2 wrong usage or settings; 3 it could not be found out.");
}

static bool
is_day(const char *text)
{
	struct tm day = {0};
	struct tm normal;
	const char *end = text != NULL && strlen(text) == 10 ? strptime(text, "%Y-%m-%d", &day) : NULL;

	if (end == NULL || *end != '\0')
		return false;
	normal = day;
	timegm(&normal);
	return normal.tm_mday == day.tm_mday && normal.tm_mon == day.tm_mon;
}

/* False after having said what is wrong. */
static bool
read_options(int argc, char **argv, Options *taken)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"csv", no_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int letter;

	optind = 0; /* main() has used getopt for what stands before the command */
	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (letter)
		{
			case 'c':
				taken->config_file = optarg;
				break;
			case 's':
				taken->csv = true;
				break;
			case 'j':
				taken->json = true;
				break;
			case 'h':
				print_help();
				exit(EXIT_SUCCESS);
			default:
				return false;
		}
	taken->day = optind < argc ? argv[optind] : NULL;
	if (optind + 1 == argc && is_day(taken->day) && !(taken->csv && taken->json))
		return true;
	report_say(
	    "audit: name one day, such as 2026-01-31, and --csv or --json if wanted; audit --help says more");
	return false;
}

static int
print(const Options *options, const PGresult *rows)
{
	Report *report = report_open(columns, sizeof(columns) / sizeof(columns[0]));

	report_add_rows(report, rows);
	if (options->csv)
		csv_print(stdout, report, columns, sizeof(columns) / sizeof(columns[0]), PQntuples(rows));
	else if (options->json || PQntuples(rows) > 0)
		report_print(report, "findings", options->json);
	else
		printf("Twilio's calls of %s and ours agree.\n", options->day);
	report_close(report);
	return PQntuples(rows) > 0 ? EXIT_FINDINGS : EXIT_AGREE;
}

static int
compare(const Config *config, const Options *options)
{
	Carrier carrier = {.handles = handles_open(), .config = config};
	PGresult *rows = comparison_run(&carrier, options->day);
	int status = rows != NULL ? print(options, rows) : EXIT_NOT_KNOWN;

	PQclear(rows);
	handles_close(carrier.handles);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	report_say("could not write the answer");
	return EXIT_NOT_KNOWN;
}

int
audit_command(int argc, char **argv, const char *config_file)
{
	Options options = {.config_file = config_file};
	const Config *config;
	int status;

	if (!read_options(argc, argv, &options))
		return EXIT_USAGE;
	config = config_load(options.config_file, CONFIG_FOR_PULL, stderr);
	if (config == NULL)
		return EXIT_USAGE;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	status = compare(config, &options);
	curl_global_cleanup();
	config_release(config);
	return status;
}
