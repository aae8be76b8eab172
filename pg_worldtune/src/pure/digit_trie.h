/*
 * digit_trie.h
 *		Longest-prefix match over strings of decimal digits.
 *
 * Pure C, no PostgreSQL: it can be tested, fuzzed and measured alone. A trie is built once and never changed;
 * it is one block of memory without pointers, so that it may be copied, and freed by whoever owns the
 * allocator.
 */
#ifndef WORLDTUNE_DIGIT_TRIE_H
#define WORLDTUNE_DIGIT_TRIE_H

#include <stddef.h>
#include <stdint.h>

#define DIGIT_PREFIX_MAX 15 /* digits of an E.164 number */
#define DIGIT_TRIE_MATCHES_MAX (DIGIT_PREFIX_MAX + 1)
#define DIGIT_TRIE_LIMIT ((1u << 27) - 1) /* nodes and values stay below it */

typedef struct DigitTrie DigitTrie;

/* A prefix and what the caller wants back for it. */
typedef struct DigitPrefix
{
	char digits[DIGIT_PREFIX_MAX + 1]; /* filled up with NULs */
	uint32_t value;
} DigitPrefix;

typedef struct DigitMatch
{
	uint32_t value;
	int length; /* digits of the prefix */
} DigitMatch;

/*
 * The trie over count prefixes, which are distinct and sorted by strcmp. Calls allocate once; NULL when that
 * returns NULL or the limit is passed.
 */
extern DigitTrie *digit_trie_build(const DigitPrefix *sorted, uint32_t count, void *(*allocate)(size_t));

/* All prefixes of the digits, the shortest first. Returns how many there are. */
extern int digit_trie_match(const DigitTrie *trie, const char *digits, int length,
                            DigitMatch matches[DIGIT_TRIE_MATCHES_MAX]);

/* What the trie occupies. */
extern size_t digit_trie_bytes(const DigitTrie *trie);

#endif
