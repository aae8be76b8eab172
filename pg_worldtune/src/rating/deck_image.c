/*
 * deck_image.c
 *		A deck compiled for lookups. See deck_image.h.
 *
 * An image is a header, a trie over the prefixes, the rates that they lead to, and the originations that the
 * rates name. Prefixes that cost the same lead to the same rates: a deck has far fewer prices than prefixes.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "rating/deck_image.h"
#include "pure/digit_trie.h"
#include "rating/rate_tables.h"

/* Of the layout below, byte order included: an image of another one is not read. Change it with the layout.
 */
#define DECK_IMAGE_MAGIC 0x57544931

PG_FUNCTION_INFO_V1(worldtune_compile_deck);

struct DeckImage
{
	int32 vl_len_; /* it is a bytea */
	uint32 magic;
	pg_crc32c checksum; /* of all that follows */
	uint32 rates_offset;
	uint32 originations_offset;
	uint32 unused;
	int64 deck_id;
};

#define IMAGE_TRIE_OFFSET MAXALIGN(sizeof(DeckImage))
#define IMAGE_TRIE(image) ((const DigitTrie *) ((const char *) (image) + IMAGE_TRIE_OFFSET))
#define IMAGE_RATES(image) ((const DeckRate *) ((const char *) (image) + (image)->rates_offset))
#define IMAGE_ORIGINATIONS(image)                                                                            \
	((const Origination *) ((const char *) (image) + (image)->originations_offset))

/* The limits of prices and seconds make the narrow types wide enough. */
typedef struct DeckRate
{
	int32 rate_micros;
	int32 connection_fee_micros;
	uint16 minimum_seconds;
	uint16 increment_seconds;
	uint32 last : 1;         /* no further origination for the same prefix */
	uint32 rate_length : 4;  /* of rate */
	uint32 origination : 27; /* index; 0 is any */
	char rate[SMALL_NUMERIC_SIZE];
} DeckRate;

StaticAssertDecl(sizeof(DeckRate) == 24,
                 "60,000 rates and their trie fit into 2 MiB even if no two cost the same");

StaticAssertDecl(BILLING_MAX_RATE_MICROS <= INT32_MAX && BILLING_MAX_STEP_SECONDS <= UINT16_MAX,
                 "a price fits into 32 bits, seconds into 16");

typedef char Origination[E164_MAX_DIGITS + 1];

/* The last connection fee and what it came to: most rows have the same, none. */
typedef struct AmountMemo
{
	SmallNumeric amount;
	int32 micros;
} AmountMemo;

/* The rates of a prefix, side by side, any origination first. */
typedef struct RateGroup
{
	uint32 first;
	uint32 count;
} RateGroup;

typedef struct RateGroupEntry
{
	RateGroup group;
	char status;
} RateGroupEntry;

struct ImageBuild;
static uint32 group_hash(const struct ImageBuild *build, RateGroup group);
static bool groups_equal(const struct ImageBuild *build, RateGroup left, RateGroup right);

#define SH_PREFIX groups
#define SH_ELEMENT_TYPE RateGroupEntry
#define SH_KEY_TYPE RateGroup
#define SH_KEY group
#define SH_HASH_KEY(table, key) group_hash((table)->private_data, key)
#define SH_EQUAL(table, a, b) groups_equal((table)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A deck while it is being compiled, in a context that is deleted afterwards. */
typedef struct ImageBuild
{
	DigitPrefix *prefixes;
	uint32 prefix_count;
	uint32 prefix_capacity;
	DeckRate *rates;
	uint32 rate_count;
	uint32 rate_capacity;
	groups_hash *groups;
	Origination *originations;
	uint32 origination_count;
	uint32 origination_capacity;
	Numeric million;
	AmountMemo connection_fee;
} ImageBuild;

static uint32
group_hash(const ImageBuild *build, RateGroup group)
{
	return hash_bytes((const unsigned char *) &build->rates[group.first], group.count * sizeof(DeckRate));
}

static bool
groups_equal(const ImageBuild *build, RateGroup left, RateGroup right)
{
	return left.count == right.count &&
	       memcmp(&build->rates[left.first], &build->rates[right.first], left.count * sizeof(DeckRate)) == 0;
}

/* Micro-credits of a numeric(18,6) of at most 100; the column's type has seen to scale and size. */
static int32
numeric_micros(const ImageBuild *build, Datum numeric)
{
	Datum micros = DirectFunctionCall2(numeric_mul, numeric, NumericGetDatum(build->million));

	return DatumGetInt32(DirectFunctionCall1(numeric_int4, micros));
}

static int32
read_connection_fee(ImageBuild *build, Datum numeric)
{
	AmountMemo *memo = &build->connection_fee;
	SmallNumeric amount;

	small_numeric_set(&amount, numeric);
	if (memcmp(&memo->amount, &amount, sizeof(amount)) != 0)
	{
		memo->micros = numeric_micros(build, numeric);
		memo->amount = amount;
	}
	return memo->micros;
}

/* Index of the origination. A deck has some dozens; most rows have none. */
static uint32
intern_origination(ImageBuild *build, const char *digits, int length)
{
	if (length == 0 && build->origination_count > 0)
		return 0;
	for (uint32 i = build->origination_count; i-- > 0;)
		if (strncmp(build->originations[i], digits, length) == 0 && build->originations[i][length] == '\0')
			return i;

	if (build->origination_count == build->origination_capacity)
	{
		build->origination_capacity *= 2;
		build->originations =
		    repalloc_huge(build->originations, build->origination_capacity * sizeof(Origination));
	}
	memset(build->originations[build->origination_count], 0, sizeof(Origination));
	memcpy(build->originations[build->origination_count], digits, length);
	return build->origination_count++;
}

/* The rates of the prefix that was read last are complete: they are shared if others are the same. */
static void
finish_prefix(ImageBuild *build)
{
	DigitPrefix *prefix = &build->prefixes[build->prefix_count - 1];
	RateGroup group = {.first = prefix->value, .count = build->rate_count - prefix->value};
	bool found;
	RateGroupEntry *entry;

	build->rates[build->rate_count - 1].last = true;
	entry = groups_insert(build->groups, group, &found);
	if (found)
	{
		prefix->value = entry->group.first;
		build->rate_count = group.first;
	}
}

/* Rows come in the order of their prefix; a new one begins with this row's rate. */
static void
begin_prefix(ImageBuild *build, const char *digits, int length)
{
	DigitPrefix *prefix;

	if (build->prefix_count > 0)
	{
		prefix = &build->prefixes[build->prefix_count - 1];
		if (strncmp(prefix->digits, digits, length) == 0 && prefix->digits[length] == '\0')
			return;
		finish_prefix(build);
	}
	if (build->prefix_count == build->prefix_capacity)
	{
		build->prefix_capacity *= 2;
		build->prefixes = repalloc_huge(build->prefixes, build->prefix_capacity * sizeof(DigitPrefix));
	}
	prefix = &build->prefixes[build->prefix_count++];
	memset(prefix, 0, sizeof(DigitPrefix));
	memcpy(prefix->digits, digits, length);
	prefix->value = build->rate_count;
}

static void
add_row(ImageBuild *build, const RateScan *row)
{
	text *prefix = DatumGetTextPP(RATE_SCAN_VALUE(row, RATE_PREFIX));
	text *origination = DatumGetTextPP(RATE_SCAN_VALUE(row, RATE_ORIGINATION));
	SmallNumeric amount;
	DeckRate *rate;

	begin_prefix(build, VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix));
	if (build->rate_count == build->rate_capacity)
	{
		build->rate_capacity *= 2;
		build->rates = repalloc_huge(build->rates, build->rate_capacity * sizeof(DeckRate));
	}
	rate = &build->rates[build->rate_count++];
	memset(rate, 0, sizeof(DeckRate));
	small_numeric_set(&amount, RATE_SCAN_VALUE(row, RATE_RATE));
	rate->rate_length = amount.length;
	memcpy(rate->rate, amount.content, SMALL_NUMERIC_SIZE);
	rate->connection_fee_micros = read_connection_fee(build, RATE_SCAN_VALUE(row, RATE_CONNECTION_FEE));
	rate->minimum_seconds = DatumGetInt32(RATE_SCAN_VALUE(row, RATE_MINIMUM_SECONDS));
	rate->increment_seconds = DatumGetInt32(RATE_SCAN_VALUE(row, RATE_INCREMENT_SECONDS));
	rate->origination = intern_origination(build, VARDATA_ANY(origination), VARSIZE_ANY_EXHDR(origination));
}

static ImageBuild *
begin_build(void)
{
	ImageBuild *build = palloc0(sizeof(ImageBuild));

	build->million = int64_to_numeric(BILLING_MICROS_PER_CREDIT);
	build->prefix_capacity = 1024;
	build->prefixes = palloc(build->prefix_capacity * sizeof(DigitPrefix));
	build->rate_capacity = 1024;
	build->rates = palloc(build->rate_capacity * sizeof(DeckRate));
	build->groups = groups_create(CurrentMemoryContext, 256, build);
	build->origination_capacity = 16;
	build->originations = palloc(build->origination_capacity * sizeof(Origination));
	intern_origination(build, "", 0);
	return build;
}

static void
read_rows(ImageBuild *build, int64 deck_id, Snapshot snapshot)
{
	MemoryContext row_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune rate row", ALLOCSET_SMALL_SIZES);
	MemoryContext build_context = CurrentMemoryContext;
	RateScan row;
	ScanKeyData key;

	ScanKeyInit(&key, RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(deck_id));
	rate_scan_begin(&row, "rates", snapshot, 1, &key);
	while (rate_scan_next(&row))
	{
		MemoryContextSwitchTo(row_context);
		add_row(build, &row);
		MemoryContextSwitchTo(build_context);
		MemoryContextReset(row_context);
	}
	rate_scan_end(&row);
	if (build->prefix_count > 0)
		finish_prefix(build);
}

static SmallNumeric
rate_numeric(const DeckRate *rate)
{
	SmallNumeric numeric = {.length = rate->rate_length};

	memcpy(numeric.content, rate->rate, SMALL_NUMERIC_SIZE);
	return numeric;
}

/* Once for each price, when those of all rows are known. */
static void
fill_micros(ImageBuild *build)
{
	for (uint32 i = 0; i < build->rate_count; i++)
	{
		SmallNumeric numeric = rate_numeric(&build->rates[i]);

		build->rates[i].rate_micros = numeric_micros(build, small_numeric_datum(&numeric));
	}
}

static pg_crc32c
checksum(const DeckImage *image)
{
	Size begin = offsetof(DeckImage, checksum) + sizeof(image->checksum);
	pg_crc32c crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, (const char *) image + begin, VARSIZE(image) - begin);
	FIN_CRC32C(crc);
	return crc;
}

/* Lays trie, rates and originations side by side. */
static DeckImage *
assemble(const ImageBuild *build, int64 deck_id, MemoryContext context)
{
	DigitTrie *trie = digit_trie_build(build->prefixes, build->prefix_count, palloc0);
	Size trie_size = trie == NULL ? MaxAllocSize : MAXALIGN(digit_trie_bytes(trie));
	Size rates_size = MAXALIGN(build->rate_count * sizeof(DeckRate));
	Size originations_size = build->origination_count * sizeof(Origination);
	Size size = IMAGE_TRIE_OFFSET + trie_size + rates_size + originations_size;
	DeckImage *image;

	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
		                errmsg("deck " INT64_FORMAT " has too many prefixes", deck_id)));
	image = MemoryContextAllocZero(context, size);
	SET_VARSIZE(image, size);
	image->magic = DECK_IMAGE_MAGIC;
	image->deck_id = deck_id;
	image->rates_offset = IMAGE_TRIE_OFFSET + trie_size;
	image->originations_offset = image->rates_offset + rates_size;
	memcpy((char *) image + IMAGE_TRIE_OFFSET, trie, digit_trie_bytes(trie));
	memcpy((char *) image + image->rates_offset, build->rates, build->rate_count * sizeof(DeckRate));
	memcpy((char *) image + image->originations_offset, build->originations, originations_size);
	image->checksum = checksum(image);
	return image;
}

DeckImage *
deck_image_compile(int64 deck_id, Snapshot snapshot)
{
	MemoryContext work_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune deck build", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller_context = MemoryContextSwitchTo(work_context);
	ImageBuild *build = begin_build();
	DeckImage *image;

	read_rows(build, deck_id, snapshot);
	fill_micros(build);
	image = assemble(build, deck_id, caller_context);
	MemoryContextSwitchTo(caller_context);
	MemoryContextDelete(work_context);
	return image;
}

/* An image that another build of this library wrote, or that something else wrote over. */
static bool
is_readable(const DeckImage *image, int64 deck_id)
{
	return VARSIZE(image) >= sizeof(DeckImage) && image->magic == DECK_IMAGE_MAGIC &&
	       image->deck_id == deck_id && image->checksum == checksum(image);
}

DeckImage *
deck_image_load(int64 deck_id, int64 revision, Snapshot snapshot)
{
	DeckImage *image = NULL;
	RateScan row;
	ScanKeyData key;

	ScanKeyInit(&key, IMAGE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(deck_id));
	rate_scan_begin(&row, "deck_images", snapshot, 1, &key);
	if (rate_scan_next(&row) && DatumGetInt64(RATE_SCAN_VALUE(&row, IMAGE_REVISION)) == revision)
		image = (DeckImage *) PG_DETOAST_DATUM_COPY(RATE_SCAN_VALUE(&row, IMAGE_IMAGE));
	rate_scan_end(&row);
	if (image == NULL || is_readable(image, deck_id))
		return image;
	pfree(image);
	return NULL;
}

/*
 * The rate, of those of one prefix, whose origination is the longest that fits the caller ID; NULL when none
 * does.
 */
static const DeckRate *
fit_origination(const DeckImage *image, const DeckRate *rate, const E164 *caller_id)
{
	const DeckRate *best = NULL;
	int best_length = -1;

	if (rate->last && rate->origination == 0) /* nearly all of them */
		return rate;
	for (;; rate++)
	{
		const char *origination = IMAGE_ORIGINATIONS(image)[rate->origination];
		int length = strlen(origination);

		if (length > best_length &&
		    (length == 0 || (caller_id != NULL && strncmp(origination, caller_id->digits, length) == 0)))
		{
			best = rate;
			best_length = length;
		}
		if (rate->last)
			return best;
	}
}

static void
set_match(DeckMatch *match, const DeckImage *image, const DeckRate *rate, int prefix_length)
{
	match->terms = (BillingTerms){.rate_micros = rate->rate_micros,
	                              .connection_fee_micros = rate->connection_fee_micros,
	                              .minimum_seconds = rate->minimum_seconds,
	                              .increment_seconds = rate->increment_seconds};
	match->rate = rate_numeric(rate);
	match->prefix_length = prefix_length;
	match->origination = IMAGE_ORIGINATIONS(image)[rate->origination];
}

bool
deck_image_find(const DeckImage *image, const E164 *number, const E164 *caller_id, DeckMatch *match)
{
	DigitMatch matches[DIGIT_TRIE_MATCHES_MAX];
	int found = digit_trie_match(IMAGE_TRIE(image), number->digits, number->length, matches);

	while (found-- > 0)
	{
		const DeckRate *rate = fit_origination(image, &IMAGE_RATES(image)[matches[found].value], caller_id);

		if (rate != NULL)
		{
			set_match(match, image, rate, matches[found].length);
			return true;
		}
	}
	return false;
}

Datum
worldtune_compile_deck(PG_FUNCTION_ARGS)
{
	Snapshot snapshot = rate_tables_snapshot();
	DeckImage *image = deck_image_compile(PG_GETARG_INT64(0), snapshot);

	UnregisterSnapshot(snapshot);
	PG_RETURN_BYTEA_P(image);
}
