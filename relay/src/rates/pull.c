/*
 * pull.c
 *		rates pull: the prices of all countries, or of none.
 */
#include "rates/pull.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/must.h"
#include "rates/command.h"
#include "rates/file.h"
#include "rates/import.h"
#include "rates/options.h"
#include "rates/pricing.h"
#include "rates/report.h"
#include "rates/store.h"
#include "rates/twilio_deck.h"
#include "settings/config.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

static const ReportColumn country_columns[] = {
    {"ISO", "isoCountry", REPORT_TEXT},
    {"COUNTRY", "country", REPORT_TEXT},
    {"PRICES", "rates", REPORT_INTEGER},
};

typedef struct Pulled
{
	Report *countries;
	RatesImport import;
} Pulled;

/* The countries that were asked for, none for all; false after having said what is wrong. */
static bool
read_countries(const RatesOptions *options, PricedCountries *countries)
{
	for (int i = 0; i < options->argument_count; i++)
		if (!pricing_add_country(countries, options->arguments[i]))
		{
			report_say("%s is no country's ISO code, such as GB", options->arguments[i]);
			return false;
		}
	return true;
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
pull_deck(const Config *config, PricedCountries *countries, Report *report)
{
	if ((countries->count > 0 || pricing_list_countries(config, countries)) &&
	    pricing_read_countries(config, countries))
		return write_deck(countries, report);
	return NULL;
}

static bool
import(const Config *config, const char *csv, const RatesOptions *options, RatesImport *import)
{
	RatesStore *store = rates_store_open(config->database_url);
	bool imported;

	if (store == NULL)
		return false;
	imported = rates_import_csv(store, csv, options, import);
	rates_store_close(store);
	if (!imported && options->save == NULL)
		report_say("--save FILE keeps the deck, to look at its lines");
	return imported;
}

static void
print_json(const RatesOptions *options, const Pulled *pulled)
{
	cJSON *json = rates_import_json(&pulled->import, options);

	cJSON_AddItemToObject(json, "countries", report_json(pulled->countries));
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
	rates_import_print_tables(&pulled->import);
}

/* A deck stands alone: what it lacks, no other deck fills in. */
static void
warn_of_gaps(const RatesOptions *options)
{
	if (options->argument_count > 0 && !options->dry_run)
		report_say("notice: while this deck is in force, other countries than these have no rates");
}

static void
print(const RatesOptions *options, const Pulled *pulled)
{
	if (options->json)
		print_json(options, pulled);
	else
		print_tables(options, pulled);
	warn_of_gaps(options);
}

static bool
pull(const Config *config, const RatesOptions *options, PricedCountries *countries)
{
	Pulled pulled = {.countries = report_open(country_columns, COUNT(country_columns))};
	char *csv = pull_deck(config, countries, pulled.countries);
	bool done = csv != NULL && (options->save == NULL || rates_file_write(options->save, csv)) &&
	            import(config, csv, options, &pulled.import);

	if (done)
		print(options, &pulled);
	if (!done || options->dry_run)
		report_say("nothing was imported");
	free(csv);
	report_close(pulled.countries);
	rates_import_close(&pulled.import);
	return done;
}

/*
 * A database that is away should not cost the way through all countries, and a connection should not idle all
 * that way.
 */
static bool
database_is_there(const Config *config)
{
	RatesStore *store = rates_store_open(config->database_url);

	if (store != NULL)
		rates_store_close(store);
	return store != NULL;
}

int
rates_pull_run(const Config *config, const RatesOptions *options)
{
	PricedCountries countries = {0};
	int status = RATES_EXIT_FAILURE;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!read_countries(options, &countries))
		status = RATES_EXIT_USAGE;
	else if (database_is_there(config) && pull(config, options, &countries))
		status = EXIT_SUCCESS;
	pricing_free(&countries);
	curl_global_cleanup();
	return status;
}
