/*
 * pricing.h
 *		Twilio's Pricing API v2: which countries there are, and what calls to them cost.
 *		https://www.twilio.com/docs/voice/pricing
 */
#ifndef RELAY_RATES_PRICING_H
#define RELAY_RATES_PRICING_H

#include <stdbool.h>
#include <stddef.h>

struct Config;

#define PRICING_ISO_SIZE 3

typedef struct PricedCountry
{
	char iso[PRICING_ISO_SIZE];
	char *json; /* the country's resource; NULL before it is read */
	size_t json_length;
} PricedCountry;

typedef struct PricedCountries
{
	PricedCountry *list;
	int count;
} PricedCountries;

/* Adds the country once; false when the text is no ISO code. */
extern bool pricing_add_country(PricedCountries *countries, const char *iso);

/* Adds all that Twilio has prices for; false after having said what is wrong. */
extern bool pricing_list_countries(const struct Config *config, PricedCountries *countries);

/* Reads the resources of the countries; false after having said which of them failed and why. */
extern bool pricing_read_countries(const struct Config *config, PricedCountries *countries);

extern void pricing_free(PricedCountries *countries);

#endif
