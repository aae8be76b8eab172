/*
 * show.c
 *		rates list, diff, lookup, activate, cancel and prune.
 */
#include "rates/show.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "rates/command.h"
#include "rates/options.h"
#include "rates/report.h"
#include "rates/store.h"
#include "settings/config.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

static const ReportColumn list_columns[] = {
    {"DECK", "id", REPORT_INTEGER},
    {"NAME", "name", REPORT_TEXT},
    {"FORMAT", "format", REPORT_TEXT},
    {"BASIS", "basis", REPORT_TEXT},
    {"MARKUP", "markup", REPORT_DECIMAL},
    {"RATES", "rates", REPORT_INTEGER},
    {"EFFECTIVE AT", "effectiveAt", REPORT_TEXT},
    {"IN FORCE", "inForce", REPORT_BOOL},
    {"IMPORTED AT", "importedAt", REPORT_TEXT},
    {"BY", "importedBy", REPORT_TEXT},
};

static const ReportColumn diff_columns[] = {
    {"CHANGE", "change", REPORT_TEXT},         {"PREFIX", "prefix", REPORT_TEXT},
    {"CALLER ID", "origination", REPORT_TEXT}, {"IN A", "rateA", REPORT_DECIMAL},
    {"IN B", "rateB", REPORT_DECIMAL},         {"PERCENT", "percent", REPORT_DECIMAL},
};

/* As rates_store_lookup answers them; the error is ours. */
static const ReportColumn lookup_columns[] = {
    {NULL, "query", REPORT_TEXT},
    {NULL, "found", REPORT_BOOL},
    {"NUMBER", "number", REPORT_TEXT},
    {"COUNTRY", "country", REPORT_TEXT},
    {"ISO", "isoCountry", REPORT_TEXT},
    {"PREFIX", "prefix", REPORT_TEXT},
    {"DESCRIPTION", "description", REPORT_TEXT},
    {NULL, "rate", REPORT_DECIMAL},
    {"RATE", "formattedRate", REPORT_DECIMAL},
    {NULL, "rateMin", REPORT_DECIMAL},
    {NULL, "rateMax", REPORT_DECIMAL},
    {"FEE", "connectionFee", REPORT_DECIMAL},
    {NULL, "minimumSeconds", REPORT_INTEGER},
    {NULL, "incrementSeconds", REPORT_INTEGER},
    {"BILLING", NULL, REPORT_TEXT},
    {"DECK", "deckId", REPORT_INTEGER},
    {NULL, "error", REPORT_TEXT},
};

typedef PGresult *(*Ask)(RatesStore *store, const RatesOptions *options);

static PGresult *
ask_list(RatesStore *store, const RatesOptions *options)
{
	(void) options;
	return rates_store_list(store);
}

static PGresult *
activate(RatesStore *store, const RatesOptions *options)
{
	return rates_store_activate(store, options->arguments[0]);
}

static PGresult *
cancel(RatesStore *store, const RatesOptions *options)
{
	return rates_store_cancel(store, options->arguments[0]);
}

static PGresult *
prune(RatesStore *store, const RatesOptions *options)
{
	return rates_store_prune(store, options->keep, options->older_than);
}

static PGresult *
ask_diff(RatesStore *store, const RatesOptions *options)
{
	return rates_store_compare(store, options->arguments[0], options->arguments[1]);
}

/* One question, and its rows under that name. */
static int
show_rows(const Config *config, const RatesOptions *options, Ask ask, const ReportColumn *columns,
          int column_count, const char *name)
{
	RatesStore *store = rates_store_open(config->database_url);
	PGresult *rows = store != NULL ? ask(store, options) : NULL;
	Report *report = rows != NULL ? report_open(columns, column_count) : NULL;

	if (report != NULL)
	{
		report_add_rows(report, rows);
		report_print(report, name, options->json);
		report_close(report);
	}
	else if (store != NULL)
		report_say("%s", rates_store_error(store));
	PQclear(rows);
	if (store != NULL)
		rates_store_close(store);
	return report != NULL ? EXIT_SUCCESS : RATES_EXIT_FAILURE;
}

int
rates_show_list(const Config *config, const RatesOptions *options)
{
	return show_rows(config, options, ask_list, list_columns, COUNT(list_columns), "decks");
}

int
rates_show_activated(const Config *config, const RatesOptions *options)
{
	return show_rows(config, options, activate, list_columns, COUNT(list_columns), "decks");
}

int
rates_show_cancelled(const Config *config, const RatesOptions *options)
{
	return show_rows(config, options, cancel, list_columns, COUNT(list_columns), "decks");
}

int
rates_show_pruned(const Config *config, const RatesOptions *options)
{
	return show_rows(config, options, prune, list_columns, COUNT(list_columns), "decks");
}

int
rates_show_diff(const Config *config, const RatesOptions *options)
{
	return show_rows(config, options, ask_diff, diff_columns, COUNT(diff_columns), "changes");
}

static void
add_without_rate(Report *report, const char *query, const char *why, bool json)
{
	const char *cells[COUNT(lookup_columns)] = {query, "f"};

	cells[COUNT(lookup_columns) - 1] = why;
	if (json)
		report_add(report, cells);
	report_say("%s: %s", query, why);
}

/* False when the database cannot say; whether there is a rate is added to *found. */
static bool
look_up(RatesStore *store, Report *report, const char *number, const char *caller_id,
        const RatesOptions *options, int *found)
{
	PGresult *rows = rates_store_lookup(store, number, caller_id, options->at);

	if (rows == NULL && !rates_store_refused_value(store))
	{
		report_say("%s", rates_store_error(store));
		return false;
	}
	if (rows == NULL)
		add_without_rate(report, number, rates_store_error(store), options->json);
	else if (PQntuples(rows) == 0)
		add_without_rate(report, number, "no rate: calls to it are not offered", options->json);
	else
	{
		report_add_rows(report, rows);
		++*found;
	}
	PQclear(rows);
	return true;
}

int
rates_show_lookup(const Config *config, const RatesOptions *options)
{
	const char *caller_id = options->caller_id != NULL ? options->caller_id : config->twilio_phone_number;
	RatesStore *store = rates_store_open(config->database_url);
	Report *report;
	bool answered = true;
	int found = 0;

	if (store == NULL)
		return RATES_EXIT_FAILURE;
	report = report_open(lookup_columns, COUNT(lookup_columns));
	for (int i = 0; answered && i < options->argument_count; i++)
		answered = look_up(store, report, options->arguments[i], caller_id, options, &found);
	if (answered && (options->json || found > 0))
		report_print(report, "rates", options->json);
	report_close(report);
	rates_store_close(store);
	return found == options->argument_count ? EXIT_SUCCESS : RATES_EXIT_FAILURE;
}
