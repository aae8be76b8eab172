/*
 * calling_code.c
 *		Which country a number belongs to. See calling_code.h.
 *
 * The table worldtune.calling_codes, read once a backend into a context of its own, and again when it or the
 * rates change.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "calling_code.h"
#include "digit_trie.h"
#include "rate.h"
#include "rate_cache.h"
#include "rate_tables.h"

#define CODES_MAX 2048 /* some 400 ship */

typedef struct CodeTable
{
	MemoryContext context;
	uint64 generation;
	uint32 count;
	DigitTrie *trie; /* value: index into codes */
	CallingCode codes[CODES_MAX];
} CodeTable;

/* Local data */
static CodeTable *current = NULL;

PG_FUNCTION_INFO_V1(worldtune_calling_code);

static void
copy_text(const RateScan *row, int column, char *target, Size size)
{
	if (!row->nulls[column - 1])
		text_to_cstring_buffer(DatumGetTextPP(RATE_SCAN_VALUE(row, column)), target, size);
}

static void
add_code(CodeTable *table, DigitPrefix *prefix, const RateScan *row)
{
	CallingCode *code = &table->codes[table->count];

	prefix->value = table->count++;
	copy_text(row, CALLING_CODE_PREFIX, prefix->digits, sizeof(prefix->digits));
	copy_text(row, CALLING_CODE_CALLING_CODE, code->code, sizeof(code->code));
	copy_text(row, CALLING_CODE_ISO_COUNTRY, code->iso_country, sizeof(code->iso_country));
}

static void
read_codes(CodeTable *codes, DigitPrefix *prefixes)
{
	Snapshot snapshot = rate_tables_snapshot();
	RateScan row;

	rate_scan_begin(&row, "calling_codes", snapshot, 0, NULL);
	while (rate_scan_next(&row))
	{
		if (codes->count == CODES_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			                errmsg("worldtune.calling_codes has more than %d rows", CODES_MAX)));
		add_code(codes, &prefixes[codes->count], &row);
	}
	rate_scan_end(&row);
	UnregisterSnapshot(snapshot);
}

static CodeTable *
build_codes(void)
{
	MemoryContext context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune calling codes", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	CodeTable *codes = palloc0(sizeof(CodeTable));
	DigitPrefix *prefixes = palloc0(CODES_MAX * sizeof(DigitPrefix));

	codes->context = context;
	codes->generation = rate_cache_generation();
	read_codes(codes, prefixes);
	codes->trie = digit_trie_build(prefixes, codes->count, palloc);
	pfree(prefixes);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	return codes;
}

const CallingCode *
calling_code_find(const char *digits, int length)
{
	DigitMatch matches[DIGIT_TRIE_MATCHES_MAX];
	int found;

	if (current == NULL || current->generation != rate_cache_generation())
	{
		CodeTable *fresh = build_codes();

		if (current != NULL)
			MemoryContextDelete(current->context);
		current = fresh;
	}
	found = digit_trie_match(current->trie, digits, length, matches);
	return found == 0 ? NULL : &current->codes[matches[found - 1].value];
}

Datum
worldtune_calling_code(PG_FUNCTION_ARGS)
{
	const CallingCode *code;
	E164 number;

	e164_from_text(PG_GETARG_TEXT_PP(0), &number);
	code = calling_code_find(number.digits, number.length);
	if (code == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("+%s", code->code)));
}
