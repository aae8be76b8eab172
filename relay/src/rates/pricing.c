/*
 * pricing.c
 *		Client of Twilio's Pricing API.
 */
#include "rates/pricing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/must.h"
#include "rates/fetch.h"
#include "rates/progress.h"
#include "rates/report.h"
#include "settings/config.h"

#define COUNTRIES_PATH "/v2/Voice/Countries"
#define PAGES_MAX 100 /* of a list that does not end */

static int
find_country(const PricedCountries *countries, const char *iso)
{
	for (int i = 0; i < countries->count; i++)
		if (strcmp(countries->list[i].iso, iso) == 0)
			return i;
	return -1;
}

bool
pricing_add_country(PricedCountries *countries, const char *iso)
{
	char upper[PRICING_ISO_SIZE] = "";

	if (strlen(iso) != PRICING_ISO_SIZE - 1 || !isalpha((unsigned char) iso[0]) ||
	    !isalpha((unsigned char) iso[1]))
		return false;
	upper[0] = (char) toupper((unsigned char) iso[0]);
	upper[1] = (char) toupper((unsigned char) iso[1]);
	if (find_country(countries, upper) >= 0)
		return true;
	countries->list =
	    must(reallocarray(countries->list, (size_t) countries->count + 1, sizeof(PricedCountry)));
	countries->list[countries->count] = (PricedCountry){0};
	memcpy(countries->list[countries->count++].iso, upper, sizeof(upper));
	return true;
}

/* The credentials go to no other host, whatever a page says comes next. */
static bool
is_ours(const Config *config, const char *url)
{
	size_t length = strlen(config->twilio_pricing_base);

	return strncmp(url, config->twilio_pricing_base, length) == 0 && url[length] == '/';
}

/*
 * Adds the countries of a page. Returns why the page is none, or NULL; *next becomes the URL of the next
 * page, NULL at the end.
 */
static const char *
read_page(const Config *config, const TwilioBody *body, PricedCountries *countries, char **next)
{
	cJSON *page = body->data != NULL ? json_parse(body->data, body->length) : NULL;
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(page, "countries");
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(page, "meta");
	const char *url = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, "next_page_url"));
	const char *fault =
	    cJSON_IsArray(list) && cJSON_IsObject(meta) ? NULL : "the answer is no list of countries";
	const cJSON *country;

	cJSON_ArrayForEach(country, list)
	{
		const char *iso = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(country, "iso_country"));

		if (iso == NULL || !pricing_add_country(countries, iso))
			fault = "a country in the list has no ISO code";
	}
	if (url != NULL && !is_ours(config, url))
		fault = "the list goes on at another host than TWILIO_PRICING_BASE";
	*next = fault == NULL && url != NULL ? must_copy(url) : NULL;
	cJSON_Delete(page);
	return fault;
}

static void
ignore_progress(void *context, const Fetch *fetch, int done)
{
	(void) context;
	(void) fetch;
	(void) done;
}

bool
pricing_list_countries(const Config *config, PricedCountries *countries)
{
	char *url = must_format("%s" COUNTRIES_PATH "?PageSize=1000", config->twilio_pricing_base);
	const char *fault = NULL;

	for (int pages = 0; url != NULL && fault == NULL; pages++)
	{
		Fetch page = {.url = url};
		char *next = NULL;

		if (pages == PAGES_MAX)
			fault = "the list of countries does not end";
		else if (rates_fetch_all(config, &page, 1, ignore_progress, NULL) != NULL)
			fault = page.error;
		else
			fault = read_page(config, &page.body, countries, &next);
		if (fault != NULL)
			report_say("Twilio's list of countries: %s", fault);
		free(page.body.data);
		free(url);
		url = next;
	}
	return fault == NULL;
}

static void
show_progress(void *context, const Fetch *fetch, int done)
{
	const PricedCountries *countries = context;

	(void) fetch;
	rates_progress_show(done, countries->count);
}

static Fetch *
make_fetches(const Config *config, const PricedCountries *countries)
{
	Fetch *fetches = must_alloc(countries->count * sizeof(Fetch));

	for (int i = 0; i < countries->count; i++)
		fetches[i].url =
		    must_format("%s" COUNTRIES_PATH "/%s", config->twilio_pricing_base, countries->list[i].iso);
	return fetches;
}

bool
pricing_read_countries(const Config *config, PricedCountries *countries)
{
	Fetch *fetches = make_fetches(config, countries);
	const Fetch *failed;

	rates_progress_show(0, countries->count);
	failed = rates_fetch_all(config, fetches, countries->count, show_progress, countries);
	rates_progress_clear();
	if (failed != NULL)
		report_say("Twilio's prices of %s: %s (asked %d time%s)", countries->list[failed - fetches].iso,
		           failed->error, failed->attempts, failed->attempts == 1 ? "" : "s");
	if (failed != NULL && failed->http_status == 404)
		report_say("give ISO codes of countries, such as GB (not UK) for the United Kingdom");
	for (int i = 0; i < countries->count; i++)
	{
		countries->list[i].json = fetches[i].body.data;
		countries->list[i].json_length = fetches[i].body.length;
		free(fetches[i].url);
	}
	free(fetches);
	return failed == NULL;
}

void
pricing_free(PricedCountries *countries)
{
	for (int i = 0; i < countries->count; i++)
		free(countries->list[i].json);
	free(countries->list);
}
