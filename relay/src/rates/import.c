/*
 * import.c
 *		rates import.
 */
#include "rates/import.h"

#include <stdbool.h>
#include <stdlib.h>

#include "rates/command.h"
#include "rates/file.h"
#include "rates/options.h"
#include "rates/store.h"
#include "settings/config.h"

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static const ReportColumn columns[] = {
    {"DECK", "deckId", REPORT_INTEGER},       {"NAME", "name", REPORT_TEXT},
    {"FORMAT", "format", REPORT_TEXT},        {"PRICES", "rates", REPORT_INTEGER},
    {"PREFIXES", "prefixes", REPORT_INTEGER}, {"EFFECTIVE AT", "effectiveAt", REPORT_TEXT},
};

/* Of a trial: the deck's id will be another one. */
static const ReportColumn trial_columns[COLUMN_COUNT] = {
    {NULL, NULL, REPORT_INTEGER},
    {"NAME", "name", REPORT_TEXT},
    {"FORMAT", "format", REPORT_TEXT},
    {"PRICES", "rates", REPORT_INTEGER},
    {"PREFIXES", "prefixes", REPORT_INTEGER},
    {"EFFECTIVE AT", "effectiveAt", REPORT_TEXT},
};

Report *
rates_import_csv(RatesStore *store, const char *csv, const RatesOptions *options)
{
	RatesDeck deck = {.csv = csv,
	                  .name = options->name,
	                  .basis = options->basis,
	                  .markup = options->markup,
	                  .effective_at = options->effective_at,
	                  .allow_free = options->allow_free,
	                  .allow_losses = options->allow_losses,
	                  .allow_past = options->allow_past};
	PGresult *rows = rates_store_import(store, &deck);
	Report *report;

	if (rows == NULL)
	{
		report_say("%s", rates_store_error(store));
		return NULL;
	}
	report = report_open(options->dry_run ? trial_columns : columns, COLUMN_COUNT);
	report_add_rows(report, rows);
	PQclear(rows);
	return report;
}

static bool
import(RatesStore *store, const char *csv, const RatesOptions *options)
{
	Report *report = rates_import_csv(store, csv, options);

	if (report == NULL)
		return false;
	if (options->json)
		report_print_json(report_row_json(report, 0));
	else
		report_print_table(report);
	report_close(report);
	return true;
}

int
rates_import_run(const Config *config, const RatesOptions *options)
{
	char *csv = rates_file_read(options->arguments[0]);
	RatesStore *store = csv != NULL ? rates_store_open(config->database_url) : NULL;
	bool done = store != NULL && import(store, csv, options);

	if (store != NULL)
		rates_store_close(store);
	free(csv);
	return done ? EXIT_SUCCESS : RATES_EXIT_FAILURE;
}
