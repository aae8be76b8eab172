/*
 * e164_fuzz.c
 *		Any bytes as a telephone number: what is accepted is one and reads the same again, what is refused
 *		says why.
 */
#include "pure/e164.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_accepted(const E164 *number)
{
	char text[E164_MAX_DIGITS + 2];
	char problem[E164_PROBLEM_SIZE];
	E164 again;
	int length = snprintf(text, sizeof(text), "+%s", number->digits);

	if (number->length < E164_MIN_DIGITS || number->length > E164_MAX_DIGITS ||
	    strspn(number->digits, "0123456789") != (size_t) number->length || number->digits[0] == '0')
		abort();
	if (!e164_normalize(text, (size_t) length, &again, problem) || strcmp(again.digits, number->digits) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char problem[E164_PROBLEM_SIZE] = "";
	E164 number;

	if (e164_normalize((const char *) data, size, &number, problem))
		check_accepted(&number);
	else if (problem[0] == '\0' || memchr(problem, '\0', sizeof(problem)) == NULL)
		abort();
	return 0;
}
