/*
 * rates_pull.c
 *		rates pull: the prices of all countries, or of none.
 */
#include "rates_pull.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "config.h"
#include "must.h"
#include "rates_command.h"
#include "rates_file.h"
#include "rates_import.h"
#include "rates_options.h"
#include "rates_pricing.h"
#include "rates_report.h"
#include "rates_store.h"
#include "rates_twilio_deck.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

static const ReportColumn country_columns[] = {
    {"ISO", "isoCountry", REPORT_TEXT},
    {"COUNTRY", "country", REPORT_TEXT},
    {"PRICES", "rates", REPORT_INTEGER},
};

/* As rates_store_count_changes answers them. */
static const ReportColumn change_columns[] = {
    {"AGAINST DECK", "againstDeckId", REPORT_INTEGER},
    {"NEW", "new", REPORT_INTEGER},
    {"GONE", "gone", REPORT_INTEGER},
    {"DEARER", "dearer", REPORT_INTEGER},
    {"CHEAPER", "cheaper", REPORT_INTEGER},
};

typedef struct Pulled
{
	Report *countries;
	Report *deck;    /* NULL before the import */
	Report *changes; /* of a dry run, if a deck was in force */
} Pulled;

/* The countries that were asked for, or all of them. */
static bool
choose_countries(const Config *config, const RatesOptions *options, PricedCountries *countries)
{
	for (int i = 0; i < options->argument_count; i++)
		if (!pricing_add_country(countries, options->arguments[i]))
		{
			report_say("%s is no country's ISO code, such as GB", options->arguments[i]);
			return false;
		}
	return options->argument_count > 0 || pricing_list_countries(config, countries);
}

static bool
write_country(FILE *out, const PricedCountry *country, Report *report)
{
	TwilioDeckCountry written;
	const char *fault = twilio_deck_write(out, country->json, country->json_length, &written);
	char rates[16];

	if (fault != NULL)
		report_say("Twilio's prices of %s: %s", country->iso, fault);
	else
	{
		snprintf(rates, sizeof(rates), "%d", written.rates);
		report_add(report, (const char *[]){country->iso, written.country, rates});
	}
	free(written.country);
	return fault == NULL;
}

/* The deck as CSV text, and a row of the report for each country; NULL after having said what is wrong. */
static char *
write_deck(const PricedCountries *countries, Report *report)
{
	char *csv = NULL;
	size_t length;
	FILE *out = must(open_memstream(&csv, &length));
	bool good = true;

	fputs(TWILIO_DECK_HEADER, out);
	for (int i = 0; good && i < countries->count; i++)
		good = write_country(out, &countries->list[i], report);
	fclose(out);
	if (!good)
	{
		free(csv);
		csv = NULL;
	}
	return csv;
}

static char *
pull_deck(const Config *config, const RatesOptions *options, Report *report)
{
	PricedCountries countries = {0};
	char *csv = NULL;

	if (choose_countries(config, options, &countries) && pricing_read_countries(config, &countries))
		csv = write_deck(&countries, report);
	pricing_free(&countries);
	return csv;
}

/* What the deck changes for callers, against the one in force; false after having said what is wrong. */
static bool
compare(RatesStore *store, const PGresult *in_force, Pulled *pulled)
{
	PGresult *counts;

	if (PQntuples(in_force) == 0)
		return true;
	counts = rates_store_count_changes(store, PQgetvalue(in_force, 0, 0), report_cell(pulled->deck, 0, 0));
	if (counts == NULL)
	{
		report_say("%s", rates_store_error(store));
		return false;
	}
	pulled->changes = report_open(change_columns, COUNT(change_columns));
	report_add_rows(pulled->changes, counts);
	PQclear(counts);
	return true;
}

/* An import that is taken back: what the database would refuse, it refuses now. */
static bool
try_import(RatesStore *store, const char *csv, const RatesOptions *options, Pulled *pulled)
{
	PGresult *in_force = rates_store_in_force(store);
	bool tried = false;

	if (in_force == NULL || !rates_store_begin_trial(store))
		report_say("%s", rates_store_error(store));
	else
	{
		pulled->deck = rates_import_csv(store, csv, options);
		tried = pulled->deck != NULL && compare(store, in_force, pulled);
		rates_store_end_trial(store);
	}
	PQclear(in_force);
	return tried;
}

static bool
import(RatesStore *store, const char *csv, const RatesOptions *options, Pulled *pulled)
{
	bool imported;

	if (options->dry_run)
		imported = try_import(store, csv, options, pulled);
	else
	{
		pulled->deck = rates_import_csv(store, csv, options);
		imported = pulled->deck != NULL;
	}
	if (!imported && options->save == NULL)
		report_say("--save FILE keeps the deck, to look at its lines");
	return imported;
}

static void
print_json(const RatesOptions *options, const Pulled *pulled)
{
	cJSON *json = report_row_json(pulled->deck, 0);

	cJSON_AddBoolToObject(json, "dryRun", options->dry_run);
	cJSON_AddItemToObject(json, "countries", report_json(pulled->countries));
	if (pulled->changes != NULL)
		cJSON_AddItemToObject(json, "changes", report_row_json(pulled->changes, 0));
	report_print_json(json);
}

static void
print_tables(const RatesOptions *options, const Pulled *pulled)
{
	if (options->dry_run)
	{
		report_print_table(pulled->countries);
		putchar('\n');
	}
	report_print_table(pulled->deck);
	if (pulled->changes != NULL)
	{
		putchar('\n');
		report_print_table(pulled->changes);
	}
}

/* A deck stands alone: what it lacks, no other deck fills in. */
static void
warn_of_gaps(const RatesOptions *options)
{
	if (options->argument_count > 0 && !options->dry_run)
		report_say("notice: while this deck is in force, other countries than these have no rates");
}

static bool
pull(const Config *config, const RatesOptions *options, RatesStore *store, Pulled *pulled)
{
	char *csv = pull_deck(config, options, pulled->countries);
	bool done = csv != NULL && (options->save == NULL || rates_file_write(options->save, csv)) &&
	            import(store, csv, options, pulled);

	free(csv);
	if (done && options->json)
		print_json(options, pulled);
	else if (done)
		print_tables(options, pulled);
	if (done)
		warn_of_gaps(options);
	if (!done || options->dry_run)
		report_say("nothing was imported");
	return done;
}

int
rates_pull_run(const Config *config, const RatesOptions *options)
{
	/* First, for a database that is away should not cost the way through all countries. */
	RatesStore *store = rates_store_open(config->database_url);
	Pulled pulled = {0};
	bool done;

	if (store == NULL)
		return RATES_EXIT_FAILURE;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	pulled.countries = report_open(country_columns, COUNT(country_columns));
	done = pull(config, options, store, &pulled);
	report_close(pulled.countries);
	report_close(pulled.deck);
	report_close(pulled.changes);
	curl_global_cleanup();
	rates_store_close(store);
	return done ? EXIT_SUCCESS : RATES_EXIT_FAILURE;
}
