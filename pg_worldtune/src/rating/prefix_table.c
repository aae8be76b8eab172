/*
 * prefix_table.c
 *		Small tables whose key is a prefix of numbers. See prefix_table.h.
 *
 * What is read lives in a context of its own under CacheMemoryContext. A new one is made beside the old one,
 * which goes only when the new one is complete.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pure/digit_trie.h"
#include "rating/prefix_table.h"
#include "rating/rate_cache.h"

#define COLUMN_PREFIX 1

typedef struct PrefixEntries
{
	MemoryContext context;
	uint64 generation;
	DigitTrie *trie; /* value: index into rows; NULL when the table is empty */
	char *rows;
} PrefixEntries;

/* The table while it is being read. */
typedef struct PrefixBuild
{
	DigitPrefix *prefixes;
	char *rows;
	uint32 count;
	uint32 capacity;
} PrefixBuild;

static void
add_row(PrefixBuild *build, const PrefixTable *table, const RateScan *row)
{
	DigitPrefix *prefix;
	char *entry;

	if (build->count == build->capacity)
	{
		build->capacity *= 2;
		build->prefixes = repalloc_huge(build->prefixes, build->capacity * sizeof(DigitPrefix));
		build->rows = repalloc_huge(build->rows, build->capacity * table->entry_size);
	}
	prefix = &build->prefixes[build->count];
	entry = build->rows + build->count * table->entry_size;
	memset(prefix, 0, sizeof(*prefix));
	memset(entry, 0, table->entry_size);
	text_to_cstring_buffer(DatumGetTextPP(RATE_SCAN_VALUE(row, COLUMN_PREFIX)), prefix->digits,
	                       sizeof(prefix->digits));
	prefix->value = build->count++;
	table->read(row, entry);
}

static void
read_rows(PrefixBuild *build, const PrefixTable *table)
{
	Snapshot snapshot = rate_tables_snapshot();
	RateScan row;

	rate_scan_begin(&row, table->name, snapshot, 0, NULL);
	while (rate_scan_next(&row))
		add_row(build, table, &row);
	rate_scan_end(&row);
	UnregisterSnapshot(snapshot);
}

static PrefixEntries *
read_entries(const PrefixTable *table)
{
	MemoryContext context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune prefix table", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PrefixEntries *entries = palloc0(sizeof(PrefixEntries));
	PrefixBuild build = {.capacity = 16};

	MemoryContextCopyAndSetIdentifier(context, table->name);
	entries->context = context;
	entries->generation = rate_cache_generation();
	build.prefixes = palloc(build.capacity * sizeof(DigitPrefix));
	build.rows = palloc(build.capacity * table->entry_size);
	read_rows(&build, table);
	if (build.count > 0)
	{
		entries->trie = digit_trie_build(build.prefixes, build.count, palloc);
		if (entries->trie == NULL)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			                errmsg("worldtune.%s has too many prefixes", table->name)));
	}
	pfree(build.prefixes);
	entries->rows = build.rows;
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	return entries;
}

static void
refresh(PrefixTable *table)
{
	PrefixEntries *fresh = read_entries(table);

	if (table->entries != NULL)
		MemoryContextDelete(table->entries->context);
	table->entries = fresh;
}

const void *
prefix_table_find(PrefixTable *table, const char *digits, int length, int *prefix_length)
{
	DigitMatch matches[DIGIT_TRIE_MATCHES_MAX];
	int found;

	if (unlikely(table->entries == NULL || table->entries->generation != rate_cache_generation()))
		refresh(table);
	if (table->entries->trie == NULL)
		return NULL;
	found = digit_trie_match(table->entries->trie, digits, length, matches);
	if (found == 0)
		return NULL;
	if (prefix_length != NULL)
		*prefix_length = matches[found - 1].length;
	return table->entries->rows + matches[found - 1].value * table->entry_size;
}
