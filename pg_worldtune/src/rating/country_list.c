/*
 * country_list.c
 *		list_countries(): the deck in force, gathered by country, at the prices that callers pay.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/hsearch.h"
#include "utils/snapmgr.h"

#include "rating/calling_code.h"
#include "pure/e164.h"
#include "postgres/money.h"
#include "rating/rate.h"
#include "rating/rate_cache.h"
#include "rating/rate_override.h"
#include "rating/rate_tables.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_list_countries);

typedef char Code[E164_MAX_DIGITS + 2];

typedef struct Country
{
	char *name;
	char *lower_name;
	char *iso_country; /* NULL where the deck has none */
	char *continent;
	Numeric rate_min;
	Numeric rate_max;
	Code *codes; /* with their plus sign, in the order of their digits */
	int code_count;
} Country;

/*
 * The countries seen so far. What they keep lives in context; the rows are read in one that is reset after
 * each.
 */
typedef struct CountryList
{
	HTAB *by_name;
	MemoryContext context;
} CountryList;

/* Hash entry: names are compared as they stand. */
typedef struct CountryEntry
{
	const char *name;
	Country *country;
} CountryEntry;

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

static uint32
name_hash(const void *key, Size size pg_attribute_unused())
{
	const char *name = *(const char *const *) key;

	return hash_bytes((const unsigned char *) name, strlen(name));
}

static int
name_compare(const void *left, const void *right, Size size pg_attribute_unused())
{
	return strcmp(*(const char *const *) left, *(const char *const *) right);
}

static HTAB *
create_country_table(void)
{
	HASHCTL control = {.keysize = sizeof(char *),
	                   .entrysize = sizeof(CountryEntry),
	                   .hash = name_hash,
	                   .match = name_compare,
	                   .hcxt = CurrentMemoryContext};

	return hash_create("worldtune countries", 256, &control,
	                   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

static char *
lower_text(const char *string)
{
	return str_tolower(string, strlen(string), DEFAULT_COLLATION_OID);
}

/* The country of that name, new if need be. */
static Country *
find_country(CountryList *list, const char *name)
{
	bool found;
	CountryEntry *entry = hash_search(list->by_name, &name, HASH_ENTER, &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(list->context);

		entry->country = palloc0(sizeof(Country));
		entry->country->name = pstrdup(name);
		entry->country->lower_name = lower_text(name);
		entry->name = entry->country->name;
		MemoryContextSwitchTo(old);
	}
	return entry->country;
}

/* A prefix that no country has been given stands for itself. */
static void
add_calling_code(CountryList *list, Country *country, const char *prefix)
{
	const CallingCode *known = calling_code_find(prefix, strlen(prefix));
	Code code = {0};

	snprintf(code, sizeof(code), "+%s", known != NULL ? known->code : prefix);
	for (int i = 0; i < country->code_count; i++)
		if (strcmp(country->codes[i], code) == 0)
			return;
	if (country->codes == NULL)
		country->codes = MemoryContextAlloc(list->context, sizeof(Code));
	else
		country->codes = repalloc(country->codes, (country->code_count + 1) * sizeof(Code));
	memcpy(country->codes[country->code_count++], code, sizeof(Code));
}

/* Widens the range of the country's prices. */
static void
add_prices(CountryList *list, Country *country, Datum low, Datum high)
{
	MemoryContext old = MemoryContextSwitchTo(list->context);

	if (country->rate_min == NULL ||
	    DatumGetBool(DirectFunctionCall2(numeric_lt, low, NumericGetDatum(country->rate_min))))
		country->rate_min = DatumGetNumericCopy(low);
	if (country->rate_max == NULL ||
	    DatumGetBool(DirectFunctionCall2(numeric_gt, high, NumericGetDatum(country->rate_max))))
		country->rate_max = DatumGetNumericCopy(high);
	MemoryContextSwitchTo(old);
}

/* A prefix of numbers, to look up what stands above it. */
static E164
number_of_prefix(const char *prefix)
{
	E164 number = {.length = strlen(prefix)};

	strlcpy(number.digits, prefix, sizeof(number.digits));
	return number;
}

/* A row without a country goes under its ISO code, and one that has neither nowhere. */
static void
add_row(CountryList *list, const RateScan *row)
{
	char *iso_country = rate_scan_text(row, RATE_ISO_COUNTRY);
	char *continent = rate_scan_text(row, RATE_CONTINENT);
	char *name = rate_scan_text(row, RATE_COUNTRY);
	char *prefix = rate_scan_text(row, RATE_PREFIX);
	E164 number = number_of_prefix(prefix);
	const RateOverride *override = rate_override_find(&number, NULL);
	Country *country;

	if (name == NULL)
		name = iso_country;
	if (name == NULL)
		return;
	country = find_country(list, name);
	if (country->iso_country == NULL && iso_country != NULL)
		country->iso_country = MemoryContextStrdup(list->context, iso_country);
	if (country->continent == NULL && continent != NULL)
		country->continent = MemoryContextStrdup(list->context, continent);
	if (override != NULL && override->rate_micros != OVERRIDE_NONE)
		add_prices(list, country, MicrosGetDatum(override->rate_micros),
		           MicrosGetDatum(override->rate_micros));
	else
		add_prices(list, country, RATE_SCAN_VALUE(row, RATE_RATE_MIN), RATE_SCAN_VALUE(row, RATE_RATE_MAX));
	add_calling_code(list, country, prefix);
}

/* An own price for a part of a country. Where the deck names no country, it is listed nowhere. */
static void
add_override(CountryList *list, const RateScan *row)
{
	E164 number = number_of_prefix(rate_scan_text(row, OVERRIDE_PREFIX));
	Datum price = RATE_SCAN_VALUE(row, OVERRIDE_RATE);
	Rate rate;

	if (!row->nulls[OVERRIDE_RATE - 1] && rate_find(&number, NULL, &rate) && rate.country != NULL)
		add_prices(list, find_country(list, rate.country), price, price);
}

/* Calls add for every row that has the keys, in a memory context that is reset after each. */
static void
gather(CountryList *list, const char *table, int key_count, ScanKey keys,
       void (*add)(CountryList *, const RateScan *))
{
	MemoryContext row_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune rate row", ALLOCSET_SMALL_SIZES);
	Snapshot snapshot = rate_tables_snapshot();
	RateScan row;

	rate_scan_begin(&row, table, snapshot, key_count, keys);
	while (rate_scan_next(&row))
	{
		MemoryContext old = MemoryContextSwitchTo(row_context);

		add(list, &row);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	rate_scan_end(&row);
	UnregisterSnapshot(snapshot);
	MemoryContextDelete(row_context);
}

static void
gather_countries(CountryList *list)
{
	ScanKeyData key;

	ScanKeyInit(&key, RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(rate_cache_deck_id()));
	gather(list, "rates", 1, &key, add_row);
	gather(list, "rate_overrides", 0, NULL, add_override);
}

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

/* An argument in lower case and without blanks around it; NULL when nothing is left. */
static char *
filter_argument(FunctionCallInfo fcinfo, int argument)
{
	char *lower;

	if (PG_ARGISNULL(argument))
		return NULL;
	lower = lower_text(TextDatumGetCString(DirectFunctionCall1(btrim1, PG_GETARG_DATUM(argument))));
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
	    (country->continent == NULL || strcmp(lower_text(country->continent), filter->continent) != 0))
		return false;
	return filter->search == NULL || strstr(country->lower_name, filter->search) != NULL ||
	       (country->iso_country != NULL && pg_strcasecmp(country->iso_country, filter->search) == 0) ||
	       has_code(country, filter->digits);
}

static int
by_name(const void *left, const void *right)
{
	const Country *a = *(Country *const *) left;
	const Country *b = *(Country *const *) right;
	int order = strcmp(a->lower_name, b->lower_name);

	return order != 0 ? order : strcmp(a->name, b->name);
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

static void
put_countries(FunctionCallInfo fcinfo, HTAB *countries, const CountryFilter *filter)
{
	Country **chosen = palloc(hash_get_num_entries(countries) * sizeof(Country *) + 1);
	int count = 0;
	HASH_SEQ_STATUS sequence;
	CountryEntry *entry;

	hash_seq_init(&sequence, countries);
	while ((entry = hash_seq_search(&sequence)) != NULL)
		if (fits(entry->country, filter))
			chosen[count++] = entry->country;
	qsort(chosen, count, sizeof(Country *), by_name);
	for (int i = 0; i < count; i++)
		put_country(fcinfo, chosen[i]);
}

Datum
worldtune_list_countries(PG_FUNCTION_ARGS)
{
	CountryFilter filter = {.search = filter_argument(fcinfo, 0), .continent = filter_argument(fcinfo, 1)};
	CountryList list = {.by_name = create_country_table(), .context = CurrentMemoryContext};

	InitMaterializedSRF(fcinfo, 0);
	filter.digits = code_digits(filter.search != NULL ? filter.search : "");
	gather_countries(&list);
	put_countries(fcinfo, list.by_name, &filter);
	hash_destroy(list.by_name);
	return (Datum) 0;
}
