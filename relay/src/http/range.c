/*
 * range.c
 *		Reading the Range header.
 */
#include "http/range.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 15

/* A number at the text, which moves on; -1 for none. */
static long long
read_number(const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	long long number = digits > 0 && digits <= DIGITS_MAX ? atoll(*text) : -1;

	*text += digits;
	return number;
}

bool
range_read(const char *header, ByteRange *range)
{
	static const char unit[] = "bytes=";
	const char *text = header;
	bool has_first;

	if (header == NULL || strncmp(header, unit, strlen(unit)) != 0)
		return false;
	text += strlen(unit);
	has_first = *text != '-';
	range->first = read_number(&text);
	if (*text++ != '-')
		return false;
	range->last = read_number(&text);
	if (*text != '\0' || (has_first && range->first < 0))
		return false;
	if (has_first)
		return range->last < 0 || range->last >= range->first;
	range->first = -range->last;
	range->last = -1;
	return range->first < 0;
}

bool
range_resolve(ByteRange *range, long long length)
{
	if (range->first < 0)
		range->first = length + range->first > 0 ? length + range->first : 0;
	if (range->last < 0 || range->last >= length)
		range->last = length - 1;
	return range->first <= range->last;
}
