/*
 * deck_field.c
 *		The notations inside the fields of a rate deck. See deck_field.h.
 */
#include "pure/deck_field.h"

#include <string.h>

#define DECIMALS_MAX 6
#define WHOLE_DIGITS_MAX 9 /* far more than any price, far below overflow */
#define INTEGER_DIGITS_MAX 6

static bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static void
skip_spaces(const char **text)
{
	while (**text == ' ')
		(*text)++;
}

/* Up to six decimals, as micros; further ones must be zeros. */
static const char *
read_decimals(const char **text, int64_t *micros)
{
	int count = 0;

	for (; is_digit(**text); (*text)++, count++)
	{
		if (count < DECIMALS_MAX)
			*micros = *micros * 10 + (**text - '0');
		else if (**text != '0')
			return "has more than six decimals";
	}
	for (; count < DECIMALS_MAX; count++)
		*micros *= 10;
	return NULL;
}

/* "$0.14": an amount without sign. */
static const char *
read_price(const char **text, int64_t *micros)
{
	const char *begin;

	skip_spaces(text);
	if (**text == '$')
		(*text)++;
	begin = *text;
	*micros = 0;
	for (; is_digit(**text); (*text)++)
	{
		if (*text - begin == WHOLE_DIGITS_MAX)
			return "is far too high";
		*micros = *micros * 10 + (**text - '0');
	}
	if (**text == '.' && is_digit((*text)[1]))
		(*text)++;
	else if (*text == begin)
		return "is not a price";
	return read_decimals(text, micros);
}

const char *
deck_field_prices(const char *text, int64_t *min_micros, int64_t *max_micros)
{
	const char *problem;

	skip_spaces(&text);
	if (text[0] == '-' || (text[0] == '$' && text[1] == '-'))
		return "is negative";
	problem = read_price(&text, min_micros);
	if (problem != NULL)
		return problem;
	*max_micros = *min_micros;
	skip_spaces(&text);
	if (*text == '-')
	{
		text++;
		problem = read_price(&text, max_micros);
		if (problem != NULL)
			return problem;
		skip_spaces(&text);
	}
	if (*text != '\0')
		return "is not a price";
	return *min_micros <= *max_micros ? NULL : "is a range that ends below its beginning";
}

const char *
deck_field_next_prefix(const char **text, char digits[DIGIT_PREFIX_MAX + 1])
{
	bool ended = false; /* a space between digits could be a comma that was forgotten */
	int length = 0;

	memset(digits, 0, DIGIT_PREFIX_MAX + 1);
	for (; **text != '\0' && **text != ','; (*text)++)
	{
		if (is_digit(**text) && !ended)
		{
			if (length == DIGIT_PREFIX_MAX)
				return "has a prefix of more than 15 digits";
			digits[length++] = **text;
		}
		else if (**text == ' ' || **text == ')')
			ended = length > 0;
		else if (!(length == 0 && (**text == '+' || **text == '(')) &&
		         !(length > 0 && !ended && **text == '-' && is_digit((*text)[1])))
			return "is not a list of prefixes";
	}
	if (**text == ',')
	{
		(*text)++;
		if (length == 0)
			return "has a comma with no prefix before it";
	}
	return digits[0] == '0' ? "has a prefix that begins with 0" : NULL;
}

const char *
deck_field_integer(const char *text, int32_t *number)
{
	int length = 0;

	*number = 0;
	for (; is_digit(text[length]); length++)
	{
		if (length == INTEGER_DIGITS_MAX)
			return "is far too high";
		*number = *number * 10 + (text[length] - '0');
	}
	return length > 0 && text[length] == '\0' ? NULL : "is not a whole number";
}
