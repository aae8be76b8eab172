/*
 * utf8.c
 *		Well-formed UTF-8.
 *		https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7
 */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* What may follow on a first byte: how many bytes, and the range of the first of them; the others are 80 to BF. */
typedef struct Lead
{
	unsigned char from, to;
	unsigned char more;
	unsigned char least, most;
} Lead;

static const Lead leads[] = {
    {0x01, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* The bytes of the character that begins here; 0 when none does. */
static size_t
character_length(const unsigned char *text)
{
	const Lead *lead = NULL;

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (text[0] >= leads[i].from && text[0] <= leads[i].to)
			lead = &leads[i];
	if (lead == NULL || (lead->more > 0 && (text[1] < lead->least || text[1] > lead->most)))
		return 0;
	for (size_t i = 2; i <= lead->more; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return 1 + (size_t) lead->more;
}

void
utf8_copy(char *copy, size_t size, const char *text)
{
	char *source = must_copy(text);
	const char *from = source;
	char *to = copy;

	while (*from != '\0')
	{
		size_t length = character_length((const unsigned char *) from);
		const char *bytes = length > 0 ? from : REPLACEMENT;
		size_t count = length > 0 ? length : strlen(REPLACEMENT);

		if ((size_t) (to - copy) + count >= size)
			break;
		memcpy(to, bytes, count);
		to += count;
		from += length > 0 ? length : 1;
	}
	*to = '\0';
	free(source);
}
