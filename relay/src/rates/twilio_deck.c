/*
 * twilio_deck.c
 *		From JSON to CSV.
 */
#include "rates/twilio_deck.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/must.h"

/* A credit is a US dollar. */
#define CURRENCY "USD"

static void
write_field(FILE *csv, const char *text, char end)
{
	fputc('"', csv);
	for (; *text != '\0'; text++)
	{
		if (*text == '"')
			fputc('"', csv);
		fputc(*text, csv);
	}
	fprintf(csv, "\"%c", end);
}

/* Whether the caller ID does not matter, or any that is not in another list: the file leaves the field empty.
 */
static bool
is_any(const cJSON *prefixes)
{
	const cJSON *prefix;

	cJSON_ArrayForEach(prefix, prefixes)
	{
		if (strcmp(prefix->valuestring, "ALL") == 0 || strcmp(prefix->valuestring, "ROW") == 0)
			return true;
	}
	return false;
}

static void
write_prefixes(FILE *csv, const cJSON *prefixes, char end)
{
	const cJSON *prefix;
	char *text = NULL;
	size_t length;
	FILE *list = must(open_memstream(&text, &length));

	cJSON_ArrayForEach(prefix, prefixes)
	    fprintf(list, "%s%s", prefix == prefixes->child ? "" : ", ", prefix->valuestring);
	fclose(list);
	write_field(csv, text, end);
	free(text);
}

static bool
is_list_of_texts(const cJSON *list)
{
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			return false;
	}
	return true;
}

static const char *
write_price(FILE *csv, const cJSON *resource, const cJSON *price)
{
	const cJSON *destinations = cJSON_GetObjectItemCaseSensitive(price, "destination_prefixes");
	const cJSON *originations = cJSON_GetObjectItemCaseSensitive(price, "origination_prefixes");
	const char *description = json_text(price, "friendly_name");

	if (json_text(price, "current_price") == NULL)
		return "a price has no current_price that is decimal text";
	if (!is_list_of_texts(destinations) || !is_list_of_texts(originations))
		return "a price has no lists of prefixes";
	write_field(csv, json_text(resource, "iso_country"), ',');
	write_field(csv, json_text(resource, "country"), ',');
	write_field(csv, description != NULL ? description : "", ',');
	write_field(csv, json_text(price, "current_price"), ',');
	if (is_any(originations))
		write_field(csv, "", ',');
	else
		write_prefixes(csv, originations, ',');
	write_prefixes(csv, destinations, '\n');
	return NULL;
}

static const char *
write_prices(FILE *csv, const cJSON *resource, const cJSON *prices, TwilioDeckCountry *country)
{
	const char *unit = json_text(resource, "price_unit");
	const char *fault = NULL;
	const cJSON *price;

	if (json_text(resource, "country") == NULL || json_text(resource, "iso_country") == NULL ||
	    !cJSON_IsArray(prices))
		return "the answer is no country with prices";
	if (unit == NULL || strcmp(unit, CURRENCY) != 0)
		return "the prices are not in USD, and a credit is a US dollar";
	cJSON_ArrayForEach(price, prices)
	{
		if (fault == NULL)
			fault = write_price(csv, resource, price);
		country->rates++;
	}
	country->country = must_copy(json_text(resource, "country"));
	return fault;
}

const char *
twilio_deck_write(FILE *csv, const char *json, size_t length, TwilioDeckCountry *country)
{
	cJSON *resource = json != NULL ? json_parse(json, length) : NULL;
	const cJSON *prices = cJSON_GetObjectItemCaseSensitive(resource, "outbound_prefix_prices");
	const char *fault;

	*country = (TwilioDeckCountry){0};
	fault = write_prices(csv, resource, prices, country);
	cJSON_Delete(resource);
	return fault;
}
