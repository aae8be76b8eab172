/*
 * digit_trie_fuzz.c
 *		Any deck of prefixes and any number: the trie answers as a look at every prefix does.
 *
 * The bytes are read as digits and ends of numbers: first the number that is looked up, then the prefixes.
 */
#include "pure/digit_trie.h"

#include <stdlib.h>
#include <string.h>

#define PREFIXES_MAX 256
#define END_OF_NUMBER 10

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads one number; what is beyond its longest is dropped. */
static size_t
read_digits(const uint8_t *data, size_t size, char digits[DIGIT_PREFIX_MAX + 1])
{
	size_t at = 0;
	int length = 0;

	memset(digits, 0, DIGIT_PREFIX_MAX + 1);
	for (; at < size; at++)
	{
		if (data[at] % (END_OF_NUMBER + 1) == END_OF_NUMBER)
			return at + 1;
		if (length < DIGIT_PREFIX_MAX)
			digits[length++] = (char) ('0' + data[at] % (END_OF_NUMBER + 1));
	}
	return at;
}

static int
by_digits(const void *left, const void *right)
{
	return strcmp(((const DigitPrefix *) left)->digits, ((const DigitPrefix *) right)->digits);
}

/* Distinct and sorted; returns how many there are. */
static uint32_t
read_deck(const uint8_t *data, size_t size, DigitPrefix *deck)
{
	uint32_t count = 0;
	uint32_t kept = 0;

	for (size_t at = 0; at < size && count < PREFIXES_MAX; count++)
		at += read_digits(data + at, size - at, deck[count].digits);
	qsort(deck, count, sizeof(DigitPrefix), by_digits);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || by_digits(&deck[kept - 1], &deck[i]) != 0)
		{
			deck[kept] = deck[i];
			deck[kept].value = kept;
			kept++;
		}
	return kept;
}

static void
compare(const DigitTrie *trie, const DigitPrefix *deck, uint32_t count, const char *number)
{
	int length = (int) strlen(number);
	DigitMatch matches[DIGIT_TRIE_MATCHES_MAX];
	int found = digit_trie_match(trie, number, length, matches);
	int expected = 0;

	for (uint32_t i = 0; i < count; i++) /* sorted: of two that fit, the shorter comes first */
	{
		int prefix_length = (int) strlen(deck[i].digits);

		if (strncmp(deck[i].digits, number, (size_t) prefix_length) != 0)
			continue;
		if (expected == found || matches[expected].value != deck[i].value ||
		    matches[expected].length != prefix_length)
			abort();
		expected++;
	}
	if (expected != found)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DigitPrefix deck[PREFIXES_MAX];
	char number[DIGIT_PREFIX_MAX + 1];
	size_t at = read_digits(data, size, number);
	uint32_t count = read_deck(data + at, size - at, deck);
	DigitTrie *trie = digit_trie_build(deck, count, malloc);

	if (trie == NULL)
		abort();
	compare(trie, deck, count, number);
	for (uint32_t i = 0; i < count; i++)
		compare(trie, deck, count, deck[i].digits);
	free(trie);
	return 0;
}
