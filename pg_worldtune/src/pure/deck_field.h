/*
 * deck_field.h
 *		The notations inside the fields of a rate deck. Pure C, no PostgreSQL.
 *
 * Each reader returns NULL when all is well, or what is wrong, fit for "\"%s\" %s".
 */
#ifndef WORLDTUNE_DECK_FIELD_H
#define WORLDTUNE_DECK_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "pure/digit_trie.h"

/*
 * "$0.14-$0.31", "0.014", "1": micro-credits, both ends the same unless it is a range. Six decimals at most,
 * never negative.
 */
extern const char *deck_field_prices(const char *text, int64_t *min_micros, int64_t *max_micros);

/*
 * One prefix of a list, "(+1-829,1809,1849)" or "43664, 4367" or "44". Moves *text past it; digits is empty
 * when none is left.
 */
extern const char *deck_field_next_prefix(const char **text, char digits[DIGIT_PREFIX_MAX + 1]);

/* A whole number of at most six digits. */
extern const char *deck_field_integer(const char *text, int32_t *number);

#endif
