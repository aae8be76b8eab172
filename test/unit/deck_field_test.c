/*
 * deck_field_test.c
 *		The notations of prices and prefixes: both sides of each limit, and random bytes that must never break
 *		them.
 */
#include "pure/deck_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_TEXTS 2000000

typedef struct
{
	const char *text;
	int64_t min_micros; /* -1: refused */
	int64_t max_micros;
} PriceCase;

static const PriceCase prices[] = {
    {"0.14", 140000, 140000},
    {"$0.14-$0.31", 140000, 310000},
    {" 0.014 - 3 ", 14000, 3000000},
    {".5", 500000, 500000},
    {"0.000001", 1, 1},
    {"1.0000000", 1000000, 1000000},
    {"999999999.999999", INT64_C(999999999999999), INT64_C(999999999999999)},
    {"0", 0, 0},
    {"0.0000001", -1, -1},
    {"1000000000", -1, -1},
    {"0.31-0.14", -1, -1},
    {"-1", -1, -1},
    {"$-1", -1, -1},
    {"1-", -1, -1},
    {"1-2-3", -1, -1},
    {"1.", -1, -1},
    {".", -1, -1},
    {"$", -1, -1},
    {"1 2", -1, -1},
    {"1e3", -1, -1},
    {"", -1, -1},
};

typedef struct
{
	const char *text;
	const char *prefixes; /* joined by spaces; NULL: refused */
} PrefixCase;

static const PrefixCase lists[] = {
    {"44", "44"},
    {"(+1-264)", "1264"},
    {"(+1-829,1809,1849)", "1829 1809 1849"},
    {"(+9-0392)", "90392"},
    {"43664, 4367", "43664 4367"},
    {"43664,", "43664"},
    {"123456789012345", "123456789012345"},
    {"", ""},
    {"()", ""},
    {"1234567890123456", NULL},
    {"43664 4367", NULL},
    {"44,,45", NULL},
    {",44", NULL},
    {"044", NULL},
    {"44;45", NULL},
    {"44+45", NULL},
    {"(+44)(+45)", NULL},
    {"44--45", NULL},
    {"44-", NULL},
    {"-44", NULL},
};

static int
check_prices(void)
{
	int failures = 0;

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
	{
		int64_t min = -1;
		int64_t max = -1;

		if (deck_field_prices(prices[i].text, &min, &max) != NULL)
			min = max = -1;
		if (min != prices[i].min_micros || max != prices[i].max_micros)
		{
			printf("not ok: \"%s\" gave %lld to %lld\n", prices[i].text, (long long) min, (long long) max);
			failures++;
		}
	}
	return failures;
}

/* All prefixes of the list, joined by spaces; false when it is refused. */
static bool
read_list(const char *text, char *joined, size_t size)
{
	char digits[DIGIT_PREFIX_MAX + 1];

	joined[0] = '\0';
	for (;;)
	{
		if (deck_field_next_prefix(&text, digits) != NULL)
			return false;
		if (digits[0] == '\0')
			return true;
		snprintf(joined + strlen(joined), size - strlen(joined), "%s%s", joined[0] == '\0' ? "" : " ",
		         digits);
	}
}

static int
check_lists(void)
{
	int failures = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		char joined[256];
		bool accepted = read_list(lists[i].text, joined, sizeof(joined));

		if (accepted != (lists[i].prefixes != NULL) || (accepted && strcmp(joined, lists[i].prefixes) != 0))
		{
			printf("not ok: \"%s\" gave %s\n", lists[i].text, accepted ? joined : "an error");
			failures++;
		}
	}
	return failures;
}

static int
check_integers(void)
{
	int32_t number;

	return (deck_field_integer("60", &number) == NULL && number == 60) &&
	               (deck_field_integer("999999", &number) == NULL && number == 999999) &&
	               deck_field_integer("1000000", &number) != NULL &&
	               deck_field_integer("", &number) != NULL && deck_field_integer("-1", &number) != NULL &&
	               deck_field_integer("6s", &number) != NULL
	           ? 0
	           : 1;
}

/* What is accepted keeps its promises, whatever comes in. */
static int
check_random_texts(void)
{
	static const char alphabet[] = "0123456789..--,,$+() x";
	int accepted = 0;

	srandom(5);
	for (int i = 0; i < RANDOM_TEXTS; i++)
	{
		size_t length = (size_t) random() % 20;
		char *text = malloc(length + 1);
		char joined[64];
		int64_t min;
		int64_t max;

		for (size_t at = 0; at < length; at++)
			text[at] = alphabet[(size_t) random() % (sizeof(alphabet) - 1)];
		text[length] = '\0';
		if (deck_field_prices(text, &min, &max) == NULL)
		{
			accepted++;
			if (min < 0 || max < min)
				return 1;
		}
		if (read_list(text, joined, sizeof(joined)) && strspn(joined, "0123456789 ") != strlen(joined))
			return 1;
		free(text);
	}
	printf("%d random texts, %d of them prices\n", RANDOM_TEXTS, accepted);
	return accepted > 0 ? 0 : 1;
}

int
main(void)
{
	int failures = check_prices() + check_lists() + check_integers() + check_random_texts();

	printf("%zu prices, %zu lists, %d failures\n", sizeof(prices) / sizeof(prices[0]),
	       sizeof(lists) / sizeof(lists[0]), failures);
	return failures == 0 ? 0 : 1;
}
