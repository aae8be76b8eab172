/*
 * country_list.h
 *		The countries of the deck in force, at the prices that callers pay, in the memory of this backend.
 */
#ifndef WORLDTUNE_COUNTRY_LIST_H
#define WORLDTUNE_COUNTRY_LIST_H

#include "postgres.h"

#include "pure/e164.h"
#include "utils/numeric.h"

typedef char CountryCode[E164_MAX_DIGITS + 2]; /* a calling code with its plus sign */

typedef struct Country
{
	char *name;
	char *lower_name;
	char *iso_country;     /* NULL where the deck has none */
	char *continent;       /* NULL where the deck has none */
	char *lower_continent; /* the same */
	Numeric rate_min;
	Numeric rate_max;
	CountryCode *codes; /* in the order of their digits */
	int code_count;
} Country;

/* By name. Good until the next lookup of anything. */
typedef struct CountryList
{
	Country **countries;
	int count;
} CountryList;

/* Gathered from the tables at the first call after a change of any table of rates, else from memory. */
extern CountryList country_list(void);

#endif
