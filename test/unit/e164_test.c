/*
 * e164_test.c
 *		The normaliser of telephone numbers: a table of notations, and random bytes that must never break it.
 */
#include "pure/e164.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_TEXTS 2000000

typedef struct
{
	const char *text;
	const char *digits;  /* NULL: refused */
	const char *problem; /* why */
} Case;

static const Case cases[] = {
    {"+442079460958", "442079460958", NULL},
    {"442079460958", "442079460958", NULL},
    {"00442079460958", "442079460958", NULL},
    {"0044 20 7946 0958", "442079460958", NULL},
    {"+44 (0)20 7946 0958", "442079460958", NULL},
    {"+44 ( 0 ) 20 7946 0958", "442079460958", NULL},
    {"0044 [0] 20/7946.0958", "442079460958", NULL},
    {"(+44) 20-7946-0958", "442079460958", NULL},
    {" +44\xC2\xA0"
     "20\xE2\x80\x91"
     "7946\xE2\x80\x89"
     "0958 ",
     "442079460958", NULL},
    {"\xE2\x80\xAA+44 20 7946 0958\xE2\x80\xAC", "442079460958", NULL},
    {"\xEF\xBC\x8B\xEF\xBC\x94\xEF\xBC\x94\xEF\xBC\x92\xEF\xBC\x90 7946 0958", "442079460958", NULL},
    {"+\xD9\xA4\xD9\xA4 20 7946 0958", "442079460958", NULL},
    {"+39 06 698 1234", "39066981234", NULL},
    {"+39 (06) 698 1234", "39066981234", NULL},
    {"+39 (0)6 698 21234", "390669821234", NULL},
    {"0039 [0]6 698 21234", "390669821234", NULL},
    {"+378 (0)549 882 314", "3780549882314", NULL},
    {"+379 (0)6 698 12345", "3790669812345", NULL},
    {"+37 (0)8 0549 8823", "37805498823", NULL},
    {"1234567", "1234567", NULL},
    {"123456789012345", "123456789012345", NULL},
    {"0012345678901234 5", "123456789012345", NULL},
    {"+12345678901 (0) 2345", "123456789012345", NULL},
    {"", NULL, "is empty"},
    {"   ", NULL, "has no digits"},
    {"+", NULL, "has no digits"},
    {"00", NULL, "has no digits"},
    {"12ab", NULL, "contains \"a\""},
    {"+44 20 7946 0958 ext. 5", NULL, "contains \"e\""},
    {"+44 20 7946 0958x5", NULL, "contains \"x\""},
    {"+44#20", NULL, "contains \"#\""},
    {"+44 20\xC3\xA9", NULL, "contains \"\xC3\xA9\""},
    {"+44\t2079460958", NULL, "contains a control character"},
    {"+442079460958\n", NULL, "contains a control character"},
    {"+44+2079460958", NULL, "has a \"+\" that is not at its beginning"},
    {"++442079460958", NULL, "has a \"+\" that is not at its beginning"},
    {"00+442079460958", NULL, "has a \"+\" that is not at its beginning"},
    {"02079460958", NULL, "begins with 0 where the country code should stand"},
    {"(0)2079460958", NULL, "begins with 0 where the country code should stand"},
    {"+0044 20 7946 0958", NULL, "begins with 0 where the country code should stand"},
    {"000442079460958", NULL, "begins with 0 where the country code should stand"},
    {"123456", NULL, "has 6 digits, fewer than 7"},
    {"+44 (0) 207", NULL, "has 5 digits, fewer than 7"},
    {"1234567890123456", NULL, "has 16 digits, more than 15"},
    {"+44\xC3", NULL, "is not valid text"},
    {"+44\xC0\xB0", NULL, "is not valid text"},
    {"\xFF", NULL, "is not valid text"},
};

static int
check_cases(void)
{
	int failures = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const Case *expected = &cases[i];
		char problem[E164_PROBLEM_SIZE] = "";
		E164 number;
		bool accepted = e164_normalize(expected->text, strlen(expected->text), &number, problem);
		const char *answer = accepted ? number.digits : problem;

		if (accepted != (expected->digits != NULL) ||
		    strcmp(answer, accepted ? expected->digits : expected->problem) != 0)
		{
			printf("not ok: \"%s\" gave %s\n", expected->text, answer);
			failures++;
		}
	}
	return failures;
}

/* Whatever comes in, what is accepted is 7 to 15 digits without a leading zero, and reads the same again. */
static int
check_random_texts(void)
{
	static const char alphabet[] = "0123456789000+()-. \xC2\xA0\xEF\xBC\x90x";
	int accepted = 0;

	srandom(4);
	for (int i = 0; i < RANDOM_TEXTS; i++)
	{
		size_t length = (size_t) random() % 24;
		char *text =
		    malloc(length + 1); /* exactly as long as the text, so that a sanitizer sees a read beyond it */
		char problem[E164_PROBLEM_SIZE];
		E164 number;
		E164 again;

		for (size_t at = 0; at < length; at++)
			text[at] = alphabet[(size_t) random() % (sizeof(alphabet) - 1)];
		if (e164_normalize(text, length, &number, problem))
		{
			accepted++;
			if (number.length < E164_MIN_DIGITS || number.length > E164_MAX_DIGITS ||
			    number.digits[0] == '0' || (size_t) number.length != strspn(number.digits, "0123456789") ||
			    !e164_normalize(number.digits, (size_t) number.length, &again, problem) ||
			    strcmp(number.digits, again.digits) != 0)
			{
				printf("not ok: accepted as %s\n", number.digits);
				return 1;
			}
		}
		free(text);
	}
	printf("%d random texts, %d of them numbers\n", RANDOM_TEXTS, accepted);
	return accepted > 0 ? 0 : 1;
}

int
main(void)
{
	int failures = check_cases() + check_random_texts();

	printf("%zu notations, %d failures\n", sizeof(cases) / sizeof(cases[0]), failures);
	return failures == 0 ? 0 : 1;
}
