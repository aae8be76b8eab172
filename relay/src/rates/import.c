/*
 * import.c
 *		rates import.
 */
#include "rates/import.h"

#include <stdbool.h>
#include <stdio.h>
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

/* As rates_store_count_changes answers them. */
static const ReportColumn change_columns[] = {
    {"AGAINST DECK", "againstDeckId", REPORT_INTEGER},
    {"NEW", "new", REPORT_INTEGER},
    {"GONE", "gone", REPORT_INTEGER},
    {"DEARER", "dearer", REPORT_INTEGER},
    {"CHEAPER", "cheaper", REPORT_INTEGER},
};

#define CHANGE_COLUMN_COUNT (sizeof(change_columns) / sizeof(change_columns[0]))

static Report *
report_of(const PGresult *rows, const ReportColumn *report_columns, int column_count)
{
	Report *report = report_open(report_columns, column_count);

	report_add_rows(report, rows);
	return report;
}

static bool
import_deck(RatesStore *store, const char *csv, const RatesOptions *options, RatesImport *import)
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

	if (rows == NULL)
	{
		report_say("%s", rates_store_error(store));
		return false;
	}
	import->deck = report_of(rows, options->dry_run ? trial_columns : columns, COLUMN_COUNT);
	PQclear(rows);
	return true;
}

static bool
compare(RatesStore *store, const PGresult *in_force, RatesImport *import)
{
	PGresult *counts;

	if (PQntuples(in_force) == 0)
		return true;
	counts = rates_store_count_changes(store, PQgetvalue(in_force, 0, 0), report_cell(import->deck, 0, 0));
	if (counts == NULL)
	{
		report_say("%s", rates_store_error(store));
		return false;
	}
	import->changes = report_of(counts, change_columns, CHANGE_COLUMN_COUNT);
	PQclear(counts);
	return true;
}

/* An import that is taken back: what the database would refuse, it refuses now. */
static bool
try_deck(RatesStore *store, const char *csv, const RatesOptions *options, RatesImport *import)
{
	PGresult *in_force = rates_store_in_force(store);
	bool tried = false;

	if (in_force == NULL || !rates_store_begin_trial(store))
		report_say("%s", rates_store_error(store));
	else
		tried = import_deck(store, csv, options, import) && compare(store, in_force, import);
	PQclear(in_force);
	return tried;
}

bool
rates_import_csv(RatesStore *store, const char *csv, const RatesOptions *options, RatesImport *import)
{
	return options->dry_run ? try_deck(store, csv, options, import)
	                        : import_deck(store, csv, options, import);
}

void
rates_import_close(RatesImport *import)
{
	report_close(import->deck);
	report_close(import->changes);
}

cJSON *
rates_import_json(const RatesImport *import, const RatesOptions *options)
{
	cJSON *json = report_row_json(import->deck, 0);

	cJSON_AddBoolToObject(json, "dryRun", options->dry_run);
	if (import->changes != NULL)
		cJSON_AddItemToObject(json, "changes", report_row_json(import->changes, 0));
	return json;
}

void
rates_import_print_tables(const RatesImport *import)
{
	report_print_table(import->deck);
	if (import->changes == NULL)
		return;
	putchar('\n');
	report_print_table(import->changes);
}

int
rates_import_run(const Config *config, const RatesOptions *options)
{
	char *csv = rates_file_read(options->arguments[0]);
	RatesStore *store = csv != NULL ? rates_store_open(config->database_url) : NULL;
	RatesImport import = {0};
	bool done = store != NULL && rates_import_csv(store, csv, options, &import);

	if (done && options->json)
		report_print_json(rates_import_json(&import, options));
	else if (done)
		rates_import_print_tables(&import);
	if (done && options->dry_run)
		report_say("nothing was imported");
	rates_import_close(&import);
	if (store != NULL)
		rates_store_close(store);
	free(csv);
	return done ? EXIT_SUCCESS : RATES_EXIT_FAILURE;
}
