/*
 * digit_trie_test.c
 *		The trie against a brute-force longest match, over random decks and numbers from a fixed seed.
 */
#include "pure/digit_trie.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DECKS 400
#define NUMBERS_PER_DECK 5000
#define BIG_DECK 200000
#define BIG_DECK_LENGTH 9
#define BIG_DECK_BYTES_MAX (1024 * 1024)
#define BIG_DECK_LOOKUPS 10000000

static uint64_t random_state = UINT64_C(0x9E3779B97F4A7C15);
static int failures = 0;

static uint32_t
random_below(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t) (random_state >> 32) % bound;
}

/* Few different digits make prefixes that overlap. */
static void
random_digits(char *digits, int length, uint32_t alphabet)
{
	for (int i = 0; i < length; i++)
		digits[i] = (char) ('0' + random_below(alphabet));
}

static int
by_digits(const void *left, const void *right)
{
	return strcmp(((const DigitPrefix *) left)->digits, ((const DigitPrefix *) right)->digits);
}

/* Sorts the deck and leaves each prefix once; returns how many are left. */
static uint32_t
sort_deck(DigitPrefix *deck, uint32_t count)
{
	uint32_t kept = 0;

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

static uint32_t
random_deck(DigitPrefix *deck, uint32_t count, int max_length, uint32_t alphabet)
{
	memset(deck, 0, count * sizeof(DigitPrefix));
	for (uint32_t i = 0; i < count; i++)
		random_digits(deck[i].digits, (int) random_below((uint32_t) max_length + 1), alphabet);
	return sort_deck(deck, count);
}

/* A deck as carriers publish them: prefixes refine other prefixes by a digit. */
static uint32_t
grown_deck(DigitPrefix *deck, uint32_t count)
{
	memset(deck, 0, count * sizeof(DigitPrefix));
	for (uint32_t i = 0; i < count; i++)
	{
		size_t length;

		if (i >= 10)
			deck[i] = deck[random_below(i)];
		length = strlen(deck[i].digits);
		if (length < BIG_DECK_LENGTH)
			random_digits(deck[i].digits + length, 1, 10);
	}
	return sort_deck(deck, count);
}

/* The oracle: every prefix of the deck that fits, the shortest first. */
static int
brute_force(const DigitPrefix *deck, uint32_t count, const char *digits, int length, DigitMatch *matches)
{
	int found = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		int prefix_length = (int) strlen(deck[i].digits);

		if (prefix_length <= length && memcmp(deck[i].digits, digits, (size_t) prefix_length) == 0)
			matches[found++] = (DigitMatch){.value = deck[i].value, .length = prefix_length};
	}
	return found; /* the deck is sorted, so of two that fit the shorter comes first */
}

static bool
same_matches(const DigitMatch *left, int left_count, const DigitMatch *right, int right_count)
{
	if (left_count != right_count)
		return false;
	for (int i = 0; i < left_count; i++)
		if (left[i].value != right[i].value || left[i].length != right[i].length)
			return false;
	return true;
}

static void
compare_deck(uint32_t size, int max_length, uint32_t alphabet)
{
	DigitPrefix *deck = malloc((size + 1) * sizeof(DigitPrefix));
	uint32_t count = random_deck(deck, size, max_length, alphabet);
	DigitTrie *trie = digit_trie_build(deck, count, malloc);

	for (int i = 0; i < NUMBERS_PER_DECK; i++)
	{
		char number[DIGIT_PREFIX_MAX + 1] = {0};
		int length = 1 + (int) random_below(DIGIT_PREFIX_MAX);
		DigitMatch expected[DIGIT_TRIE_MATCHES_MAX];
		DigitMatch found[DIGIT_TRIE_MATCHES_MAX];
		int expected_count;

		random_digits(number, length, alphabet);
		expected_count = brute_force(deck, count, number, length, expected);
		if (!same_matches(expected, expected_count, found, digit_trie_match(trie, number, length, found)))
		{
			printf("not ok: %s in a deck of %u\n", number, count);
			failures++;
		}
	}
	free(trie);
	free(deck);
}

static void
compare_random_decks(void)
{
	for (int i = 0; i < DECKS; i++)
	{
		uint32_t size = random_below(300);
		int max_length = 1 + (int) random_below(DIGIT_PREFIX_MAX);

		compare_deck(size, max_length, 2 + random_below(9));
	}
	printf("%d numbers against brute force in %d decks, %d disagreements\n", DECKS * NUMBERS_PER_DECK, DECKS,
	       failures);
}

static double
milliseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) (now.tv_sec - start->tv_sec) * 1e3 + (double) (now.tv_nsec - start->tv_nsec) / 1e6;
}

/* A deck of the size that large carriers publish: printed for the reader, only the memory is judged. */
static void
measure_big_deck(void)
{
	static DigitPrefix deck[BIG_DECK];
	static char numbers[1 << 16][DIGIT_PREFIX_MAX + 1];
	uint32_t count = grown_deck(deck, BIG_DECK);
	struct timespec start;
	DigitMatch matches[DIGIT_TRIE_MATCHES_MAX];
	DigitTrie *trie;
	long found = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	trie = digit_trie_build(deck, count, malloc);
	printf("%u prefixes: %zu bytes, built in %.2f ms, ", count, digit_trie_bytes(trie),
	       milliseconds_since(&start));
	for (int i = 0; i < 1 << 16; i++)
		random_digits(numbers[i], 12, 10);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < BIG_DECK_LOOKUPS; i++)
		found += digit_trie_match(trie, numbers[i & 0xFFFF], 12, matches);
	printf("%.1f ns a lookup (%ld matches)\n", milliseconds_since(&start) * 1e6 / BIG_DECK_LOOKUPS, found);
	if (digit_trie_bytes(trie) > BIG_DECK_BYTES_MAX)
	{
		printf("FAIL: %u prefixes take %zu bytes, more than %d\n", count, digit_trie_bytes(trie),
		       BIG_DECK_BYTES_MAX);
		failures++;
	}
	free(trie);
}

int
main(void)
{
	compare_random_decks();
	measure_big_deck();
	return failures == 0 ? 0 : 1;
}
