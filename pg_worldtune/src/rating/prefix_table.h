/*
 * prefix_table.h
 *		Small tables whose key is a prefix of numbers, in the memory of this backend.
 *
 * Read at the first look and again after a change of any table that tells of it (signal_rate_change).
 */
#ifndef WORLDTUNE_PREFIX_TABLE_H
#define WORLDTUNE_PREFIX_TABLE_H

#include "postgres.h"

#include "rating/rate_tables.h"

/* To be a static variable: what is read lives as long as the backend. */
typedef struct PrefixTable
{
	const char *name; /* in schema worldtune; its first column is its key, the prefix */
	Size entry_size;  /* of what is kept of a row; a fixed-size structure without pointers */
	void (*read)(const RateScan *row, void *entry); /* fills a zeroed entry */
	struct PrefixEntries *entries;
} PrefixTable;

/*
 * The entry of the longest prefix of the digits, good until the next call; NULL when there is none.
 * prefix_length may be NULL.
 */
extern const void *prefix_table_find(PrefixTable *table, const char *digits, int length, int *prefix_length);

#endif
