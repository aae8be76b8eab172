/*
 * digit_trie.c
 *		Longest-prefix match over strings of decimal digits. See digit_trie.h.
 *
 * A node is 8 bytes. Nodes stand level by level, and the children of one node side by side in the order of
 * their digits: ten bits that say which digits go on and the index of the first child are all it takes to
 * step down. 60,000 prefixes of a telephone network make some 66,000 nodes, most of them leaves.
 */
#include "pure/digit_trie.h"

#include <string.h>

#define INDEX_BITS 27
#define NO_VALUE ((1u << INDEX_BITS) - 1)

typedef struct Node
{
	uint64_t children : 10; /* bit d: a child for digit d */
	uint64_t first_child
	    : INDEX_BITS;            /* while building: the first prefix under a node without children yet */
	uint64_t value : INDEX_BITS; /* while building: the end of the prefixes under it */
} Node;

_Static_assert(sizeof(Node) == 8, "a node must not grow by accident");
_Static_assert(NO_VALUE == DIGIT_TRIE_LIMIT, "values below the limit fit into a node");

struct DigitTrie
{
	uint32_t node_count;
	Node nodes[];
};

static inline unsigned
count_bits(unsigned ten_bits)
{
	ten_bits -= ten_bits >> 1 & 0x155;
	ten_bits = (ten_bits & 0x333) + (ten_bits >> 2 & 0x333);
	return (ten_bits + (ten_bits >> 4) + (ten_bits >> 8)) & 0xF;
}

/* A node for the root and one for every digit that a prefix does not share with the one before it. */
static uint64_t
count_nodes(const DigitPrefix *sorted, uint32_t count)
{
	uint64_t nodes = 1;

	for (uint32_t i = 0; i < count; i++)
	{
		const char *digit = sorted[i].digits;
		const char *before = i > 0 ? sorted[i - 1].digits : "";

		while (*digit != '\0' && *digit == *before)
			digit++, before++;
		nodes += strlen(digit);
	}
	return nodes;
}

/*
 * Finishes a node that holds, as its range of prefixes, those that share its first depth digits; appends its
 * children, each with its own range. Returns the number of nodes then.
 */
static uint32_t
expand(DigitTrie *trie, uint32_t index, int depth, const DigitPrefix *sorted, uint32_t node_count)
{
	Node *node = &trie->nodes[index];
	uint32_t at = node->first_child;
	uint32_t end = node->value;

	node->first_child = node_count;
	node->value = NO_VALUE;
	if (at < end && sorted[at].digits[depth] == '\0')
		node->value = sorted[at++].value;
	while (at < end)
	{
		char digit = sorted[at].digits[depth];
		Node *child = &trie->nodes[node_count++];

		node->children |= 1u << (digit - '0');
		child->children = 0;
		child->first_child = at;
		while (at < end && sorted[at].digits[depth] == digit)
			at++;
		child->value = at;
	}
	return node_count;
}

DigitTrie *
digit_trie_build(const DigitPrefix *sorted, uint32_t count, void *(*allocate)(size_t))
{
	uint64_t total = count_nodes(sorted, count);
	DigitTrie *trie = total < DIGIT_TRIE_LIMIT ? allocate(sizeof(DigitTrie) + total * sizeof(Node)) : NULL;
	uint32_t known = 1;
	uint32_t level_end = 1;
	int depth = 0;

	if (trie == NULL)
		return NULL;
	trie->node_count = (uint32_t) total;
	trie->nodes[0] = (Node){.first_child = 0, .value = count};
	for (uint32_t index = 0; index < total; index++)
	{
		if (index == level_end)
		{
			level_end = known;
			depth++;
		}
		known = expand(trie, index, depth, sorted, known);
	}
	return trie;
}

int
digit_trie_match(const DigitTrie *trie, const char *digits, int length,
                 DigitMatch matches[DIGIT_TRIE_MATCHES_MAX])
{
	const Node *node = trie->nodes;
	int found = 0;

	for (int depth = 0;; depth++)
	{
		unsigned bit;

		if (node->value != NO_VALUE)
			matches[found++] = (DigitMatch){.value = node->value, .length = depth};
		if (depth == length || depth == DIGIT_PREFIX_MAX)
			return found;
		bit = 1u << (digits[depth] - '0');
		if ((node->children & bit) == 0)
			return found;
		node = &trie->nodes[node->first_child + count_bits(node->children & (bit - 1))];
	}
}

size_t
digit_trie_bytes(const DigitTrie *trie)
{
	return sizeof(DigitTrie) + trie->node_count * sizeof(Node);
}
