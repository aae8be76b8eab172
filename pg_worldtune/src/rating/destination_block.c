/*
 * destination_block.c
 *		Where nobody may call. See destination_block.h.
 */
#include "postgres.h"

#include "rating/destination_block.h"
#include "rating/prefix_table.h"

/* That there is a row is all that counts; its reason is for people. */
static void
read_block(const RateScan *row pg_attribute_unused(), void *entry)
{
	*(bool *) entry = true;
}

/* Local data */
static PrefixTable blocks = {
    .name = "destination_blocks",
    .entry_size = sizeof(bool),
    .read = read_block,
};

bool
destination_is_blocked(const E164 *number)
{
	return prefix_table_find(&blocks, number->digits, number->length, NULL) != NULL;
}
