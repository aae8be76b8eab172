/*
 * list_countries.c
 *		list_countries(): the countries of the deck in force that are asked for.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "postgres/result.h"
#include "rating/country_list.h"

PG_FUNCTION_INFO_V1(worldtune_list_countries);

#define MAX_FILTER_BYTES 1000

/* Columns of worldtune.country_rates. */
enum
{
	COUNTRY_NAME,
	COUNTRY_ISO,
	COUNTRY_CONTINENT,
	COUNTRY_CALLING_CODES,
	COUNTRY_RATE_MIN,
	COUNTRY_RATE_MAX,
	COUNTRY_COLUMNS
};

/* What list_countries was asked for. */
typedef struct CountryFilter
{
	char *search; /* lower case, NULL for all */
	char *digits; /* those of search, empty when it has other characters than a calling code */
	char *continent;
} CountryFilter;

/* The digits of "+1 876", or nothing when the text is more than that. */
static char *
code_digits(const char *search)
{
	char *digits = palloc0(strlen(search) + 1);
	int count = 0;

	for (; *search != '\0'; search++)
	{
		if (isdigit((unsigned char) *search))
			digits[count++] = *search;
		else if (strchr("+-() ", *search) == NULL)
			return pstrdup("");
	}
	return digits;
}

/*
 * An argument in lower case and without blanks around it; NULL when nothing is left. Each country is searched for it,
 * so it is not of any length.
 */
static char *
filter_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	char *trimmed;
	char *lower;

	if (PG_ARGISNULL(argument))
		return NULL;
	if (VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(argument)) > MAX_FILTER_BYTES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s must not be longer than %d bytes", name, MAX_FILTER_BYTES)));
	trimmed = TextDatumGetCString(DirectFunctionCall1(btrim1, PG_GETARG_DATUM(argument)));
	lower = str_tolower(trimmed, strlen(trimmed), DEFAULT_COLLATION_OID);
	return *lower == '\0' ? NULL : lower;
}

static bool
has_code(const Country *country, const char *digits)
{
	if (*digits == '\0')
		return false;
	for (int i = 0; i < country->code_count; i++)
		if (strncmp(country->codes[i] + 1, digits, strlen(digits)) == 0)
			return true;
	return false;
}

static bool
fits(const Country *country, const CountryFilter *filter)
{
	if (filter->continent != NULL &&
	    (country->continent == NULL || strcmp(country->lower_continent, filter->continent) != 0))
		return false;
	return filter->search == NULL || strstr(country->lower_name, filter->search) != NULL ||
	       (country->iso_country != NULL && pg_strcasecmp(country->iso_country, filter->search) == 0) ||
	       has_code(country, filter->digits);
}

static Datum
code_array(const Country *country)
{
	Datum *codes = palloc(country->code_count * sizeof(Datum));

	for (int i = 0; i < country->code_count; i++)
		codes[i] = CStringGetTextDatum(country->codes[i]);
	return PointerGetDatum(construct_array(codes, country->code_count, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_country(FunctionCallInfo fcinfo, const Country *country)
{
	Datum values[COUNTRY_COLUMNS] = {0};
	bool nulls[COUNTRY_COLUMNS] = {0};

	result_set_text(values, nulls, COUNTRY_NAME, country->name);
	result_set_text(values, nulls, COUNTRY_ISO, country->iso_country);
	result_set_text(values, nulls, COUNTRY_CONTINENT, country->continent);
	values[COUNTRY_CALLING_CODES] = code_array(country);
	values[COUNTRY_RATE_MIN] = NumericGetDatum(country->rate_min);
	values[COUNTRY_RATE_MAX] = NumericGetDatum(country->rate_max);
	result_add_row(fcinfo, values, nulls);
}

Datum
worldtune_list_countries(PG_FUNCTION_ARGS)
{
	CountryFilter filter = {
	    .search = filter_argument(fcinfo, 0, "search"),
	    .continent = filter_argument(fcinfo, 1, "continent"),
	};
	CountryList list = country_list();

	InitMaterializedSRF(fcinfo, 0);
	filter.digits = code_digits(filter.search != NULL ? filter.search : "");
	for (int i = 0; i < list.count; i++)
		if (fits(list.countries[i], &filter))
			put_country(fcinfo, list.countries[i]);
	return (Datum) 0;
}
