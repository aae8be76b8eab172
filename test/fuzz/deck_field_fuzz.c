/*
 * deck_field_fuzz.c
 *		Any text as a field of a deck: what is accepted keeps its promises.
 */
#include "pure/deck_field.h"

#include <stdlib.h>
#include <string.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_prefixes(const char *text)
{
	char digits[DIGIT_PREFIX_MAX + 1];

	while (deck_field_next_prefix(&text, digits) == NULL && digits[0] != '\0')
		if (strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > DIGIT_PREFIX_MAX ||
		    digits[0] == '0')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t min_micros;
	int64_t max_micros;
	int32_t number;

	memcpy(text, data, size);
	text[size] = '\0';
	if (deck_field_prices(text, &min_micros, &max_micros) == NULL &&
	    (min_micros < 0 || max_micros < min_micros))
		abort();
	if (deck_field_integer(text, &number) == NULL && number < 0)
		abort();
	read_prefixes(text);
	free(text);
	return 0;
}
