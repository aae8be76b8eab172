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
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "rating/deck_activation.h"
#include "rating/rate_cache.h"
#include "rating/rate_tables.h"

#define SIGNAL_TABLE "rate_cache_signal"

typedef struct CachedDeck
{
	MemoryContext context; /* holds all of it */
	uint64 generation;     /* of the tables when it was begun */
	int64 id;              /* 0: no deck is in force */
	int64 revision;
	TimestampTz until; /* when the next scheduled deck takes over */
	DeckImage *image;  /* NULL when no deck is in force */
} CachedDeck;

/* Local data */
static CachedDeck *current = NULL;
static uint64 generation = 1;
static uint64 watched_generation = 0; /* the one at which signal_table was looked up; 0: no callback yet */
static Oid signal_table = InvalidOid;
static TimestampTz messages_taken_at = 0;
static bool image_distrusted = false;

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
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("signal_rate_change must be called as a trigger")));
	CacheInvalidateRelcacheByRelid(rate_table_oid(SIGNAL_TABLE));
	return PointerGetDatum(NULL);
}

void
rate_cache_distrust(void)
{
	generation++;
	image_distrusted = true;
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

/* The deck in force now, at its revision. */
static void
choose_deck(CachedDeck *deck, Snapshot snapshot)
{
	DeckInForce in_force = deck_in_force(GetCurrentStatementStartTimestamp(), snapshot);
	RateScan row;
	ScanKeyData key;

	deck->id = in_force.deck_id;
	deck->until = in_force.until;
	ScanKeyInit(&key, DECK_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(deck->id));
	rate_scan_begin(&row, "rate_decks", snapshot, 1, &key);
	if (rate_scan_next(&row))
		deck->revision = DatumGetInt64(RATE_SCAN_VALUE(&row, DECK_REVISION));
	rate_scan_end(&row);
}

static void
read_image(CachedDeck *deck, Snapshot snapshot)
{
	if (!image_distrusted)
		deck->image = deck_image_load(deck->id, deck->revision, snapshot);
	if (deck->image == NULL)
		deck->image = deck_image_compile(deck->id, snapshot);
	image_distrusted = false;
}

/* Reads the deck into a context that is the caller's child until it is complete. */
static CachedDeck *
read_deck(void)
{
	MemoryContext context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune deck", ALLOCSET_SMALL_SIZES);
	MemoryContext caller_context = MemoryContextSwitchTo(context);
	CachedDeck *deck = palloc0(sizeof(CachedDeck));
	Snapshot snapshot;

	deck->context = context;
	deck->generation = rate_cache_generation();
	snapshot = rate_tables_snapshot();
	choose_deck(deck, snapshot);
	if (deck->id != 0)
		read_image(deck, snapshot);
	UnregisterSnapshot(snapshot);
	MemoryContextSwitchTo(caller_context);
	MemoryContextSetParent(context, CacheMemoryContext);
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

bool
rate_cache_find(const E164 *number, const E164 *caller_id, DeckMatch *match, int64 *deck_id)
{
	const CachedDeck *deck = current_deck();

	*deck_id = deck->id;
	return deck->image != NULL && deck_image_find(deck->image, number, caller_id, match);
}

int64
rate_cache_deck_id(void)
{
	return current_deck()->id;
}
