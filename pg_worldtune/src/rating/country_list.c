/*
 * country_list.c
 *		The deck in force, gathered by country. See country_list.h.
 *
 * Reading a large deck takes tens of milliseconds and the list is open to everybody, so it is kept, in a
 * context of its own under CacheMemoryContext, as long as no table of rates changes and the same deck is in
 * force.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "rating/calling_code.h"
#include "pure/e164.h"
#include "postgres/money.h"
#include "rating/country_list.h"
#include "rating/rate.h"
#include "rating/rate_cache.h"
#include "rating/rate_override.h"
#include "rating/rate_tables.h"

/* The countries seen so far. What they keep lives in context; the rows are read in one that is reset. */
typedef struct Gathering
{
	HTAB *by_name;
	MemoryContext context;
} Gathering;

/* Hash entry: names are compared as they stand. */
typedef struct CountryEntry
{
	const char *name;
	Country *country;
} CountryEntry;

typedef struct CachedList
{
	MemoryContext context; /* holds all of it */
	uint64 generation;     /* of the tables when it was begun */
	int64 deck_id;
	CountryList list;
} CachedList;

/* Local data */
static CachedList *cached = NULL;

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
find_country(Gathering *gathering, const char *name)
{
	bool found;
	CountryEntry *entry = hash_search(gathering->by_name, &name, HASH_ENTER, &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(gathering->context);

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
add_calling_code(Gathering *gathering, Country *country, const char *prefix)
{
	const CallingCode *known = calling_code_find(prefix, strlen(prefix));
	CountryCode code = {0};

	snprintf(code, sizeof(code), "+%s", known != NULL ? known->code : prefix);
	for (int i = 0; i < country->code_count; i++)
		if (strcmp(country->codes[i], code) == 0)
			return;
	if (country->codes == NULL)
		country->codes = MemoryContextAlloc(gathering->context, sizeof(CountryCode));
	else
		country->codes = repalloc(country->codes, (country->code_count + 1) * sizeof(CountryCode));
	memcpy(country->codes[country->code_count++], code, sizeof(CountryCode));
}

/* Widens the range of the country's prices. */
static void
add_prices(Gathering *gathering, Country *country, Datum low, Datum high)
{
	MemoryContext old = MemoryContextSwitchTo(gathering->context);

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

static void
set_continent(Gathering *gathering, Country *country, const char *continent)
{
	MemoryContext old = MemoryContextSwitchTo(gathering->context);

	country->continent = pstrdup(continent);
	country->lower_continent = lower_text(continent);
	MemoryContextSwitchTo(old);
}

/* A row without a country goes under its ISO code, and one that has neither nowhere. */
static void
add_row(Gathering *gathering, const RateScan *row)
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
	country = find_country(gathering, name);
	if (country->iso_country == NULL && iso_country != NULL)
		country->iso_country = MemoryContextStrdup(gathering->context, iso_country);
	if (country->continent == NULL && continent != NULL)
		set_continent(gathering, country, continent);
	if (override != NULL && override->rate_micros != OVERRIDE_NONE)
		add_prices(gathering, country, MicrosGetDatum(override->rate_micros),
		           MicrosGetDatum(override->rate_micros));
	else
		add_prices(gathering, country, RATE_SCAN_VALUE(row, RATE_RATE_MIN),
		           RATE_SCAN_VALUE(row, RATE_RATE_MAX));
	add_calling_code(gathering, country, prefix);
}

/* An own price for a part of a country. Where the deck names no country, it is listed nowhere. */
static void
add_override(Gathering *gathering, const RateScan *row)
{
	E164 number = number_of_prefix(rate_scan_text(row, OVERRIDE_PREFIX));
	Datum price = RATE_SCAN_VALUE(row, OVERRIDE_RATE);
	Rate rate;

	if (!row->nulls[OVERRIDE_RATE - 1] && rate_find(&number, NULL, &rate) && rate.country != NULL)
		add_prices(gathering, find_country(gathering, rate.country), price, price);
}

/* Calls add for every row that has the keys, in a memory context that is reset after each. */
static void
gather(Gathering *gathering, const char *table, int key_count, ScanKey keys,
       void (*add)(Gathering *, const RateScan *))
{
	MemoryContext row_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune rate row", ALLOCSET_SMALL_SIZES);
	Snapshot snapshot = rate_tables_snapshot();
	RateScan row;

	rate_scan_begin(&row, table, snapshot, key_count, keys);
	while (rate_scan_next(&row))
	{
		MemoryContext old = MemoryContextSwitchTo(row_context);

		add(gathering, &row);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	rate_scan_end(&row);
	UnregisterSnapshot(snapshot);
	MemoryContextDelete(row_context);
}

static int
by_name(const void *left, const void *right)
{
	const Country *a = *(Country *const *) left;
	const Country *b = *(Country *const *) right;
	int order = strcmp(a->lower_name, b->lower_name);

	return order != 0 ? order : strcmp(a->name, b->name);
}

static CountryList
sort_countries(HTAB *by_names)
{
	CountryList list = {.countries = palloc((hash_get_num_entries(by_names) + 1) * sizeof(Country *))};
	HASH_SEQ_STATUS sequence;
	CountryEntry *entry;

	hash_seq_init(&sequence, by_names);
	while ((entry = hash_seq_search(&sequence)) != NULL)
		list.countries[list.count++] = entry->country;
	qsort(list.countries, list.count, sizeof(Country *), by_name);
	return list;
}

static CountryList
gather_countries(int64 deck_id, MemoryContext context)
{
	Gathering gathering = {.by_name = create_country_table(), .context = context};
	CountryList list;
	ScanKeyData key;

	ScanKeyInit(&key, RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(deck_id));
	gather(&gathering, "rates", 1, &key, add_row);
	gather(&gathering, "rate_overrides", 0, NULL, add_override);
	list = sort_countries(gathering.by_name);
	hash_destroy(gathering.by_name);
	return list;
}

/* Gathers into a context that is the caller's child until the list is complete. */
static CachedList *
read_list(void)
{
	MemoryContext context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune countries", ALLOCSET_SMALL_SIZES);
	MemoryContext caller_context = MemoryContextSwitchTo(context);
	CachedList *list = palloc0(sizeof(CachedList));

	list->context = context;
	list->generation = rate_cache_generation();
	list->deck_id = rate_cache_deck_id();
	list->list = gather_countries(list->deck_id, context);
	MemoryContextSwitchTo(caller_context);
	MemoryContextSetParent(context, CacheMemoryContext);
	return list;
}

CountryList
country_list(void)
{
	if (cached == NULL || cached->generation != rate_cache_generation() ||
	    cached->deck_id != rate_cache_deck_id())
	{
		CachedList *fresh = read_list();

		if (cached != NULL)
			MemoryContextDelete(cached->context);
		cached = fresh;
	}
	return cached->list;
}
