/*
 * billing_test.c
 *		The price of a call: a table of terms and seconds, and the longest affordable call beside a search that tries
 *		every second, over random terms from a fixed seed.
 */
#include "pure/billing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CREDIT BILLING_MICROS_PER_CREDIT
#define RANDOM_CASES 200000
#define LONGEST_TRIED 400

static int failures = 0;

static void
expect(const char *what, size_t number, int64_t found, int64_t expected)
{
	if (found == expected)
		return;
	printf("not ok: %s %zu: %" PRId64 ", not %" PRId64 "\n", what, number, found, expected);
	failures++;
}

typedef struct
{
	BillingTerms terms; /* micros a minute, fee, minimum, increment */
	int64_t seconds;
	int64_t billed;
	int64_t cost;
} Price;

static const Price prices[] = {
    /* The everyday terms, 60/60. */
    {{600000, 0, 60, 60}, 0, 0, 0},
    {{600000, 0, 60, 60}, -1, 0, 0},
    {{600000, 0, 60, 60}, 1, 60, 600000},
    {{600000, 0, 60, 60}, 60, 60, 600000},
    {{600000, 0, 60, 60}, 61, 120, 1200000},
    {{600000, 0, 60, 60}, 120, 120, 1200000},
    /* 30/6 and 1/1. */
    {{600000, 0, 30, 6}, 1, 30, 300000},
    {{600000, 0, 30, 6}, 30, 30, 300000},
    {{600000, 0, 30, 6}, 31, 36, 360000},
    {{600000, 0, 30, 6}, 37, 42, 420000},
    {{600000, 0, 1, 1}, 37, 37, 370000},
    /* No minimum: the first step counts from the first second. */
    {{600000, 0, 0, 60}, 1, 60, 600000},
    {{600000, 0, 0, 60}, 60, 60, 600000},
    {{600000, 0, 0, 60}, 61, 120, 1200000},
    {{600000, 0, 0, 1}, 1, 1, 10000},
    /* The fee is asked of answered calls alone. */
    {{600000, 50000, 60, 60}, 0, 0, 0},
    {{600000, 50000, 60, 60}, 61, 120, 1250000},
    {{0, 50000, 60, 60}, 5, 60, 50000},
    {{0, 0, 60, 60}, 5, 60, 0},
    /* Rounded once, half up. */
    {{1, 0, 1, 1}, 29, 29, 0},
    {{1, 0, 1, 1}, 30, 30, 1},
    {{1, 0, 1, 1}, 89, 89, 1},
    {{1, 0, 1, 1}, 90, 90, 2},
    {{7, 0, 1, 1}, 10, 10, 1},
    {{14000, 0, 1, 1}, 1, 1, 233},
    {{14000, 0, 1, 1}, 2, 2, 467},
    /* The greatest that callers may ask. */
    {{BILLING_MAX_RATE_MICROS, 0, 1, 1},
     BILLING_MAX_SECONDS,
     BILLING_MAX_SECONDS,
     BILLING_MAX_RATE_MICROS / 60 * BILLING_MAX_SECONDS +
         BILLING_MAX_RATE_MICROS % 60 * BILLING_MAX_SECONDS / 60},
    {{BILLING_MAX_RATE_MICROS, BILLING_MAX_RATE_MICROS, 3600, 3600}, 1, 3600, 61 * BILLING_MAX_RATE_MICROS},
};

typedef struct
{
	BillingTerms terms;
	int64_t talked;
	int64_t max_seconds;
	int32_t billed;
	int64_t charge;
} Charge;

/* Seconds beyond those authorised are never charged, also where those end within a step. */
static const Charge charges[] = {
    {{600000, 0, 60, 60}, 61, 14400, 120, 1200000}, {{600000, 0, 60, 60}, 120, 120, 120, 1200000},
    {{600000, 0, 60, 60}, 121, 120, 120, 1200000},  {{600000, 50000, 60, 60}, 90000, 120, 120, 1250000},
    {{600000, 0, 60, 60}, 45, 30, 60, 600000},      {{600000, 0, 1, 1}, 45, 30, 30, 300000},
    {{600000, 50000, 60, 60}, 0, 120, 0, 0},
};

typedef struct
{
	BillingTerms terms;
	int64_t available;
	int64_t max_seconds;
	int64_t seconds;
} Affordable;

static const Affordable affordable[] = {
    {{600000, 0, 60, 60}, 0, 14400, 0},
    {{600000, 0, 60, 60}, -1, 14400, 0},
    {{600000, 0, 60, 60}, 599999, 14400, 0},
    {{600000, 0, 60, 60}, 600000, 14400, 60},
    {{600000, 0, 60, 60}, 2100000, 14400, 180},
    {{600000, 0, 60, 60}, 1000 * CREDIT, 14400, 14400},
    {{600000, 0, 60, 60}, 1000 * CREDIT, 90, 60},
    {{600000, 0, 30, 6}, 419999, 14400, 36},
    {{600000, 0, 30, 6}, 420000, 14400, 42},
    {{600000, 50000, 60, 60}, 649999, 14400, 0},
    {{600000, 50000, 60, 60}, 650000, 14400, 60},
    {{600000, 50000, 60, 60}, 49999, 14400, 0},
    /* Where not even the first step fits, the cap itself, for the price of the step. */
    {{600000, 0, 60, 60}, 600000, 30, 30},
    {{600000, 0, 60, 60}, 599999, 30, 0},
    {{600000, 0, 0, 60}, 1000 * CREDIT, 30, 30},
    {{600000, 0, 0, 60}, 600000, 30, 30},
    {{600000, 0, 0, 60}, 599999, 30, 0},
    {{600000, 0, 0, 60}, 1000 * CREDIT, 1, 1},
    {{600000, 0, 0, 60}, 600000, 60, 60},
    {{600000, 0, 0, 60}, 599999, 14400, 0},
    {{600000, 0, 1, 60}, 1000 * CREDIT, 30, 1},
    {{0, 0, 60, 60}, 0, 30, 30},
    /* Free but for the fee. */
    {{0, 0, 60, 60}, 0, 14400, 14400},
    {{0, 0, 0, 60}, 0, 14399, 14340},
    {{0, 50000, 60, 60}, 49999, 14400, 0},
    {{0, 50000, 60, 60}, 50000, 14400, 14400},
    /* The inverse of the rounding: the last second that still costs no more. */
    {{1, 0, 1, 1}, 0, 14400, 29},
    {{1, 0, 1, 1}, 1, 14400, 89},
    {{7, 0, 1, 1}, 1, 14400, 12},
    /* No product overflows at the ends of the range. */
    {{BILLING_MAX_RATE_MICROS, 0, 1, 1}, INT64_MAX, BILLING_MAX_SECONDS, BILLING_MAX_SECONDS},
    {{BILLING_MAX_RATE_MICROS, BILLING_MAX_RATE_MICROS, 1, 1},
     INT64_MAX,
     BILLING_MAX_SECONDS,
     BILLING_MAX_SECONDS},
    {{1, 0, 1, 1}, INT64_MAX, BILLING_MAX_SECONDS, BILLING_MAX_SECONDS},
    {{0, 0, 60, 60}, INT64_MAX, BILLING_MAX_SECONDS, BILLING_MAX_SECONDS},
    {{600000, 0, 60, 60}, INT64_MIN, 14400, 0},
    {{0, 1, 60, 60}, INT64_MIN + 1, 14400, 0},
    {{600000, 0, 60, 60}, INT64_MAX, 0, 0},
};

/* The longest call that ends on a step and is paid for, or the cap where no step fits: the definition, word by word. */
static int64_t
longest_by_trying(const BillingTerms *terms, int64_t available, int64_t max_seconds)
{
	int64_t longest = 0;
	int fits = 0;

	for (int64_t seconds = 1; seconds <= max_seconds; seconds++)
	{
		if (billing_billed_seconds(terms, seconds) != seconds)
			continue;
		fits = 1;
		if (billing_cost_micros(terms, seconds) <= available)
			longest = seconds;
	}
	if (!fits && available >= 0 && billing_cost_micros(terms, max_seconds) <= available)
		return max_seconds;
	return longest;
}

static int64_t
random_between(int64_t least, int64_t greatest)
{
	return least + random() % (greatest - least + 1);
}

static void
check_random(void)
{
	static const int32_t steps[] = {1, 6, 30, 60, 7, 61, 180};

	srandom(20240501);
	for (size_t i = 0; i < RANDOM_CASES; i++)
	{
		BillingTerms terms = {
		    .rate_micros = random_between(0, 3) == 0 ? random_between(0, 100) : random_between(0, 2000000),
		    .connection_fee_micros = random_between(0, 2) == 0 ? random_between(0, 300000) : 0,
		    .minimum_seconds = (int32_t) (random_between(0, 3) == 0 ? 0 : random_between(0, 70)),
		    .increment_seconds = steps[random_between(0, 6)],
		};
		int64_t available = random_between(-10, random_between(0, 1) == 0 ? 300 : 5000000);
		int64_t max_seconds = random_between(1, LONGEST_TRIED);

		expect("random case", i, billing_affordable_seconds(&terms, available, max_seconds),
		       longest_by_trying(&terms, available, max_seconds));
	}
}

int
main(void)
{
	size_t price_count = sizeof(prices) / sizeof(prices[0]);
	size_t charge_count = sizeof(charges) / sizeof(charges[0]);
	size_t affordable_count = sizeof(affordable) / sizeof(affordable[0]);

	for (size_t i = 0; i < price_count; i++)
	{
		expect("seconds of price", i, billing_billed_seconds(&prices[i].terms, prices[i].seconds),
		       prices[i].billed);
		expect("price", i, billing_cost_micros(&prices[i].terms, prices[i].seconds), prices[i].cost);
	}
	for (size_t i = 0; i < affordable_count; i++)
		expect("affordable call", i,
		       billing_affordable_seconds(&affordable[i].terms, affordable[i].available,
		                                  affordable[i].max_seconds),
		       affordable[i].seconds);
	for (size_t i = 0; i < charge_count; i++)
	{
		int32_t billed = -1;

		expect("charge", i,
		       billing_charge_micros(&charges[i].terms, charges[i].talked, charges[i].max_seconds, &billed),
		       charges[i].charge);
		expect("seconds of charge", i, billed, charges[i].billed);
	}
	check_random();
	printf("%zu prices, %zu charges, %zu affordable calls, %d random cases, %d failures\n", price_count,
	       charge_count, affordable_count, RANDOM_CASES, failures);
	return failures == 0 ? 0 : 1;
}
