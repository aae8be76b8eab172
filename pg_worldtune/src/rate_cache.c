/*
 * rate_cache.c
 *		The deck in force, in the memory of this backend. See rate_cache.h.
 *
 * Lifetime: a deck lives in a memory context of its own under CacheMemoryContext. It is read at the first
 * lookup after a change, beside the old one, which goes only when the new one is complete: an error half-way
 * leaves the old one stale, never half a deck.
 *
 * Invalidation: triggers on the tables send a relcache message for the empty table rate_cache_signal
 * (signal_rate_change). The callback only counts generations. A deck knows the generation it was begun at, so
 * that a message that arrives while it is being read makes the very next lookup read again. PostgreSQL sends
 * our own transaction's messages to ourselves after each command and again when it, or its savepoint, is
 * rolled back: a backend sees its own import at once, and no longer than it lasts.
 *
 * Messages are taken in when a lock is taken. A statement that only calls a lookup takes none, so the first
 * lookup of each statement takes them in itself.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "digit_trie.h"
#include "rate_cache.h"
#include "rate_tables.h"

#define SIGNAL_TABLE "rate_cache_signal"

/*
 * A row of the deck, 16 bytes: the limits of sql/rates.sql (100 credits, 3,600 seconds) make the narrow types
 * wide enough.
 */
typedef struct CachedRate
{
	int32 rate_micros;
	int32 connection_fee_micros;
	uint16 minimum_seconds;
	uint16 increment_seconds;
	uint32 origination : 31; /* index into originations; 0 is any */
	uint32 last : 1;         /* no further origination for the same prefix */
} CachedRate;

StaticAssertDecl(sizeof(CachedRate) == 16, "60,000 rates and their trie have to fit into 2 MiB");

typedef char Origination[E164_MAX_DIGITS + 1];

typedef struct CachedDeck
{
	MemoryContext context; /* holds all of it */
	uint64 generation;     /* of the tables when it was begun */
	int64 id;              /* 0: no deck is in force */
	TimestampTz until;     /* when the next scheduled deck takes over */
	DigitTrie *trie;       /* value: index of the first rate of the prefix */
	CachedRate *rates;     /* those of one prefix side by side, any origination first */
	Origination *originations;
} CachedDeck;

/*
 * The last amount of a column, as it is stored, and what it came to: neighbours in a deck mostly cost the
 * same. Nothing within the columns' limits takes more bytes.
 */
typedef struct AmountMemo
{
	char amount[16];
	int32 micros;
} AmountMemo;

/* A deck while it is being read, in a context that is deleted afterwards. */
typedef struct DeckBuild
{
	DigitPrefix *prefixes;
	uint32 prefix_count;
	CachedRate *rates;
	uint32 rate_count;
	uint32 capacity;
	Origination *originations;
	uint32 origination_count;
	uint32 origination_capacity;
	Numeric million;
	AmountMemo rate;
	AmountMemo connection_fee;
} DeckBuild;

/* Local data */
static CachedDeck *current = NULL;
static uint64 generation = 1;
static uint64 watched_generation = 0; /* the one at which signal_table was looked up; 0: no callback yet */
static Oid signal_table = InvalidOid;
static TimestampTz messages_taken_at = 0;

PG_FUNCTION_INFO_V1(signal_rate_change);

/* Called in the middle of anything: no catalog access, no memory, no errors. */
static void
rate_cache_callback(Datum arg pg_attribute_unused(), Oid relid)
{
	if (relid == InvalidOid || relid == signal_table)
		generation++;
}

/* Statement trigger on every table that lookups read. */
Datum
signal_rate_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("signal_rate_change must be called as a trigger")));
	CacheInvalidateRelcacheByRelid(
	    get_relname_relid(SIGNAL_TABLE, RelationGetNamespace(trigger->tg_relation)));
	return PointerGetDatum(NULL);
}

void
rate_cache_invalidate(void)
{
	generation++;
}

/* The signal table is looked up again after every change: DROP and CREATE EXTENSION give it another OID. */
static void
watch_signal_table(void)
{
	uint64 seen = generation;

	signal_table = rate_table_oid(SIGNAL_TABLE);
	if (watched_generation == 0)
		CacheRegisterRelcacheCallback(rate_cache_callback, (Datum) 0);
	watched_generation = seen;
}

uint64
rate_cache_generation(void)
{
	TimestampTz now = GetCurrentStatementStartTimestamp();

	if (now != messages_taken_at)
	{
		AcceptInvalidationMessages();
		messages_taken_at = now;
	}
	if (unlikely(watched_generation != generation))
		watch_signal_table();
	return watched_generation;
}

/* Finds the deck in force now, and when the next one takes over. */
static void
choose_deck(CachedDeck *deck, Snapshot snapshot)
{
	TimestampTz now = GetCurrentStatementStartTimestamp();
	TimestampTz effective_at = DT_NOBEGIN;
	RateScan row;

	deck->id = 0;
	deck->until = DT_NOEND;
	rate_scan_begin(&row, "rate_decks", snapshot, 0, NULL);
	while (rate_scan_next(&row))
	{
		TimestampTz at = DatumGetTimestampTz(RATE_SCAN_VALUE(&row, DECK_EFFECTIVE_AT));

		if (at > now)
			deck->until = Min(deck->until, at);
		else if (at >= effective_at) /* rows come in the order of their id */
		{
			effective_at = at;
			deck->id = DatumGetInt64(RATE_SCAN_VALUE(&row, DECK_ID));
		}
	}
	rate_scan_end(&row);
}

/* Micro-credits of a numeric(18,6) of at most 100; the column's type has seen to scale and size. */
static int32
narrow_micros(const DeckBuild *build, Datum amount, AmountMemo *memo)
{
	Size size = VARSIZE_ANY(DatumGetPointer(amount));

	if (memcmp(memo->amount, DatumGetPointer(amount), Min(size, sizeof(memo->amount))) != 0)
	{
		Datum micros = DirectFunctionCall2(numeric_mul, amount, NumericGetDatum(build->million));

		memcpy(memo->amount, DatumGetPointer(amount), Min(size, sizeof(memo->amount)));
		memo->micros = DatumGetInt32(DirectFunctionCall1(numeric_int4, micros));
	}
	return memo->micros;
}

/* Index of the origination. A deck has some dozens; most rows have none. */
static uint32
intern_origination(DeckBuild *build, const char *digits, int length)
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

/* The prefix of the row becomes that of its rate, unless it is the one of the row before. */
static void
add_prefix(DeckBuild *build, const char *digits, int length)
{
	DigitPrefix *previous = &build->prefixes[build->prefix_count - 1];
	DigitPrefix *prefix = &build->prefixes[build->prefix_count];

	if (build->prefix_count > 0 && strncmp(previous->digits, digits, length) == 0 &&
	    previous->digits[length] == '\0')
	{
		build->rates[build->rate_count - 1].last = false;
		return;
	}
	memset(prefix, 0, sizeof(DigitPrefix));
	memcpy(prefix->digits, digits, length);
	prefix->value = build->rate_count;
	build->prefix_count++;
}

static void
add_row(DeckBuild *build, const RateScan *row)
{
	text *prefix = DatumGetTextPP(RATE_SCAN_VALUE(row, RATE_PREFIX));
	text *origination = DatumGetTextPP(RATE_SCAN_VALUE(row, RATE_ORIGINATION));
	CachedRate *rate;

	if (build->rate_count == build->capacity)
	{
		build->capacity *= 2;
		build->prefixes = repalloc_huge(build->prefixes, build->capacity * sizeof(DigitPrefix));
		build->rates = repalloc_huge(build->rates, build->capacity * sizeof(CachedRate));
	}
	add_prefix(build, VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix));
	rate = &build->rates[build->rate_count++];
	rate->rate_micros = narrow_micros(build, RATE_SCAN_VALUE(row, RATE_RATE), &build->rate);
	rate->connection_fee_micros =
	    narrow_micros(build, RATE_SCAN_VALUE(row, RATE_CONNECTION_FEE), &build->connection_fee);
	rate->minimum_seconds = DatumGetInt32(RATE_SCAN_VALUE(row, RATE_MINIMUM_SECONDS));
	rate->increment_seconds = DatumGetInt32(RATE_SCAN_VALUE(row, RATE_INCREMENT_SECONDS));
	rate->origination = intern_origination(build, VARDATA_ANY(origination), VARSIZE_ANY_EXHDR(origination));
	rate->last = true;
}

static void
read_rates(DeckBuild *build, int64 deck_id, Snapshot snapshot)
{
	MemoryContext row_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune rate row", ALLOCSET_SMALL_SIZES);
	RateScan row;
	ScanKeyData key;

	ScanKeyInit(&key, RATE_DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(deck_id));
	rate_scan_begin(&row, "rates", snapshot, 1, &key);
	while (rate_scan_next(&row))
	{
		MemoryContext old = MemoryContextSwitchTo(row_context);

		add_row(build, &row);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	rate_scan_end(&row);
}

static DeckBuild *
begin_build(void)
{
	DeckBuild *build = palloc0(sizeof(DeckBuild));

	build->million = int64_to_numeric(BILLING_MICROS_PER_CREDIT);
	build->capacity = 1024;
	build->prefixes = palloc(build->capacity * sizeof(DigitPrefix));
	build->rates = palloc(build->capacity * sizeof(CachedRate));
	build->origination_capacity = 16;
	build->originations = palloc(build->origination_capacity * sizeof(Origination));
	intern_origination(build, "", 0);
	return build;
}

/* Copies what was read into the deck's own context, at its true size. */
static void
finish_build(CachedDeck *deck, const DeckBuild *build)
{
	Size rates_size = build->rate_count * sizeof(CachedRate);
	Size originations_size = build->origination_count * sizeof(Origination);

	deck->rates = MemoryContextAllocHuge(deck->context, Max(rates_size, 1));
	memcpy(deck->rates, build->rates, rates_size);
	deck->originations = MemoryContextAllocHuge(deck->context, originations_size);
	memcpy(deck->originations, build->originations, originations_size);
	MemoryContextSwitchTo(deck->context);
	deck->trie = digit_trie_build(build->prefixes, build->prefix_count, palloc);
	if (deck->trie == NULL)
		ereport(ERROR,
		        (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the rate deck has too many prefixes")));
}

/* Reads the deck into a context that is the caller's child until it is complete. */
static CachedDeck *
read_deck(void)
{
	MemoryContext work_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune deck build", ALLOCSET_DEFAULT_SIZES);
	MemoryContext deck_context = AllocSetContextCreate(work_context, "worldtune deck", ALLOCSET_SMALL_SIZES);
	MemoryContext caller_context = MemoryContextSwitchTo(work_context);
	CachedDeck *deck = MemoryContextAllocZero(deck_context, sizeof(CachedDeck));
	DeckBuild *build = begin_build();
	Snapshot snapshot;

	deck->context = deck_context;
	deck->generation = rate_cache_generation();
	snapshot = rate_tables_snapshot();
	choose_deck(deck, snapshot);
	if (deck->id != 0)
		read_rates(build, deck->id, snapshot);
	UnregisterSnapshot(snapshot);
	finish_build(deck, build);

	MemoryContextSwitchTo(caller_context);
	MemoryContextSetParent(deck_context, CacheMemoryContext);
	MemoryContextDelete(work_context);
	return deck;
}

static const CachedDeck *
current_deck(void)
{
	if (unlikely(current == NULL || current->generation != rate_cache_generation() ||
	             GetCurrentStatementStartTimestamp() >= current->until))
	{
		CachedDeck *fresh = read_deck();

		if (current != NULL)
			MemoryContextDelete(current->context);
		current = fresh;
	}
	return current;
}

/*
 * The rate, of those of one prefix, whose origination is the longest that fits the caller ID; NULL when none
 * does.
 */
static const CachedRate *
fit_origination(const CachedDeck *deck, const CachedRate *rate, const E164 *caller_id)
{
	const CachedRate *best = NULL;
	int best_length = -1;

	for (;; rate++)
	{
		const char *origination = deck->originations[rate->origination];
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

bool
rate_cache_find(const E164 *number, const E164 *caller_id, RateMatch *match)
{
	const CachedDeck *deck = current_deck();
	DigitMatch matches[DIGIT_TRIE_MATCHES_MAX];
	int found = digit_trie_match(deck->trie, number->digits, number->length, matches);

	while (found-- > 0)
	{
		const CachedRate *rate = fit_origination(deck, &deck->rates[matches[found].value], caller_id);

		if (rate == NULL)
			continue;
		match->deck_id = deck->id;
		match->terms = (BillingTerms){.rate_micros = rate->rate_micros,
		                              .connection_fee_micros = rate->connection_fee_micros,
		                              .minimum_seconds = rate->minimum_seconds,
		                              .increment_seconds = rate->increment_seconds};
		match->prefix_length = matches[found].length;
		memcpy(match->origination, deck->originations[rate->origination], sizeof(match->origination));
		return true;
	}
	return false;
}

int64
rate_cache_deck_id(void)
{
	return current_deck()->id;
}
