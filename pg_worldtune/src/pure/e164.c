/*
 * e164.c
 *		The one normaliser of telephone numbers. See e164.h.
 *
 * One pass over the characters. Signs that people put between digits are skipped, digits are collected,
 * anything else ends it.
 */
#include "pure/e164.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef enum
{
	SIGN_DIGIT,
	SIGN_PLUS,
	SIGN_OPEN,
	SIGN_CLOSE,
	SIGN_SEPARATOR,
	SIGN_CONTROL,
	SIGN_OTHER
} Sign;

typedef struct
{
	E164 *number;
	int count;          /* digits so far, those that found no room included */
	int open_at;        /* count at the bracket that is open, -1 for none */
	bool international; /* a plus sign or 00 was read: what follows begins with the country code */
} Scan;

/* Unicode blocks whose ten digits people do type into a telephone. */
static const uint32_t digit_zeros[] = {'0', 0x0660 /* Arabic-Indic */, 0x06F0 /* Persian */,
                                       0xFF10 /* full width */};

typedef struct
{
	uint32_t first;
	uint32_t last;
} Range;

/*
 * What stands between digits: spaces, dashes, dots, slashes, and the invisible marks that address books wrap
 * numbers in.
 */
static const Range separators[] = {
    {' ', ' '},       {'-', '/'}, /* - . / */
    {0x00A0, 0x00A0},             /* no-break space */
    {0x00AD, 0x00AD},             /* soft hyphen */
    {0x00B7, 0x00B7},             /* middle dot */
    {0x2000, 0x2015},             /* spaces, joiners, direction marks, dashes */
    {0x202A, 0x202F},             /* direction marks, narrow space */
    {0x205F, 0x2060},             /* mathematical space, word joiner */
    {0x2066, 0x2069},             /* direction marks */
    {0x2212, 0x2212},             /* minus */
    {0x3000, 0x3000},             /* ideographic space */
    {0xFE58, 0xFE58},             /* small dash */
    {0xFE63, 0xFE63},             /* small hyphen */
    {0xFEFF, 0xFEFF},             /* zero-width no-break space */
    {0xFF0D, 0xFF0F},             /* full-width - . / */
};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes of the UTF-8 character that begins so; 0 when none does. */
static size_t
encoded_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xC0)
		return 0;
	if (first < 0xE0)
		return 2;
	if (first < 0xF0)
		return 3;
	return first < 0xF8 ? 4 : 0;
}

/* The character at text, of at most left bytes; returns its length, 0 when the bytes are not UTF-8. */
static size_t
decode(const unsigned char *text, size_t left, uint32_t *character)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = encoded_length(text[0]);

	if (length == 0 || length > left)
		return 0;
	*character = length == 1 ? text[0] : text[0] & (0x7F >> length);
	for (size_t i = 1; i < length; i++)
	{
		if ((text[i] & 0xC0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3F);
	}
	return *character < smallest[length] ? 0 : length;
}

static bool
is_separator(uint32_t character)
{
	for (size_t i = 0; i < LENGTH_OF(separators); i++)
		if (character >= separators[i].first && character <= separators[i].last)
			return true;
	return false;
}

static Sign
classify(uint32_t character, int *digit)
{
	for (size_t i = 0; i < LENGTH_OF(digit_zeros); i++)
		if (character >= digit_zeros[i] && character <= digit_zeros[i] + 9)
		{
			*digit = (int) (character - digit_zeros[i]);
			return SIGN_DIGIT;
		}
	switch (character)
	{
		case '+':
		case 0xFF0B:
			return SIGN_PLUS;
		case '(':
		case '[':
		case 0xFF08:
		case 0xFF3B:
			return SIGN_OPEN;
		case ')':
		case ']':
		case 0xFF09:
		case 0xFF3D:
			return SIGN_CLOSE;
	}
	if (is_separator(character))
		return SIGN_SEPARATOR;
	return character < 0x20 || (character >= 0x7F && character < 0xA0) ? SIGN_CONTROL : SIGN_OTHER;
}

static void
add_digit(Scan *scan, int digit)
{
	if (scan->count == 1 && digit == 0 && !scan->international && scan->number->digits[0] == '0')
	{
		scan->international = true;
		scan->count = 0;
		return;
	}
	if (scan->count < E164_MAX_DIGITS)
		scan->number->digits[scan->count] = (char) ('0' + digit);
	scan->count++;
}

/* Italy, San Marino, the Vatican: there the zero is part of the number, dialled from abroad too. */
static bool
keeps_zero(const char *digits, int count)
{
	static const char *const codes[] = {"39", "378", "379"};

	for (size_t i = 0; i < LENGTH_OF(codes); i++)
		if (count == (int) strlen(codes[i]) && strncmp(digits, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

/* Leaves out the trunk zero of "+44 (0)20": it is dialled inside the country only. */
static void
close_bracket(Scan *scan)
{
	if (scan->open_at > 0 && scan->count == scan->open_at + 1 && scan->count <= E164_MAX_DIGITS &&
	    scan->number->digits[scan->open_at] == '0' && !keeps_zero(scan->number->digits, scan->open_at))
		scan->count = scan->open_at;
	scan->open_at = -1;
}

/* What is wrong with the digits as a whole; false when nothing is. */
static bool
wrong_digits(const Scan *scan, char problem[E164_PROBLEM_SIZE])
{
	if (scan->count == 0)
		snprintf(problem, E164_PROBLEM_SIZE, "has no digits");
	else if (scan->number->digits[0] == '0')
		snprintf(problem, E164_PROBLEM_SIZE, "begins with 0 where the country code should stand");
	else if (scan->count < E164_MIN_DIGITS)
		snprintf(problem, E164_PROBLEM_SIZE, "has %d digits, fewer than %d", scan->count, E164_MIN_DIGITS);
	else if (scan->count > E164_MAX_DIGITS)
		snprintf(problem, E164_PROBLEM_SIZE, "has %d digits, more than %d", scan->count, E164_MAX_DIGITS);
	else
		return false;
	return true;
}

/* One character. Returns false, with the problem, when it has no place in a number. */
static bool
scan_character(Scan *scan, uint32_t character, const char *bytes, size_t length,
               char problem[E164_PROBLEM_SIZE])
{
	int digit = 0;

	switch (classify(character, &digit))
	{
		case SIGN_DIGIT:
			add_digit(scan, digit);
			return true;
		case SIGN_PLUS:
			if (scan->count > 0 || scan->international)
			{
				snprintf(problem, E164_PROBLEM_SIZE, "has a \"+\" that is not at its beginning");
				return false;
			}
			scan->international = true;
			return true;
		case SIGN_OPEN:
			scan->open_at = scan->count;
			return true;
		case SIGN_CLOSE:
			close_bracket(scan);
			return true;
		case SIGN_SEPARATOR:
			return true;
		case SIGN_CONTROL:
			snprintf(problem, E164_PROBLEM_SIZE, "contains a control character");
			return false;
		case SIGN_OTHER:
			break;
	}
	snprintf(problem, E164_PROBLEM_SIZE, "contains \"%.*s\"", (int) length, bytes);
	return false;
}

/* "+442079460958", as the database keeps numbers: nothing has to be interpreted. */
static bool
read_plain(const char *text, size_t length, E164 *number)
{
	if (length < 1 + E164_MIN_DIGITS || length > 1 + E164_MAX_DIGITS || text[0] != '+' || text[1] == '0')
		return false;
	for (size_t i = 1; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	number->length = (int) length - 1;
	memcpy(number->digits, text + 1, length - 1);
	number->digits[length - 1] = '\0';
	return true;
}

bool
e164_normalize(const char *text, size_t length, E164 *number, char problem[E164_PROBLEM_SIZE])
{
	Scan scan = {.number = number, .open_at = -1};

	if (read_plain(text, length, number))
		return true;
	if (length == 0)
	{
		snprintf(problem, E164_PROBLEM_SIZE, "is empty");
		return false;
	}
	for (size_t at = 0, step; at < length; at += step)
	{
		uint32_t character;

		if (text[at] >= '0' && text[at] <= '9') /* nearly all of them */
		{
			add_digit(&scan, text[at] - '0');
			step = 1;
			continue;
		}
		step = decode((const unsigned char *) text + at, length - at, &character);
		if (step == 0)
		{
			snprintf(problem, E164_PROBLEM_SIZE, "is not valid text");
			return false;
		}
		if (!scan_character(&scan, character, text + at, step, problem))
			return false;
	}
	if (wrong_digits(&scan, problem))
		return false;
	number->length = scan.count;
	number->digits[scan.count] = '\0';
	return true;
}
