/*
 * base64url.c
 *		Four characters are three bytes.
 */
#include "base/base64url.h"

static int
value_of(char character)
{
	if (character >= 'A' && character <= 'Z')
		return character - 'A';
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 26;
	if (character >= '0' && character <= '9')
		return character - '0' + 52;
	if (character == '-')
		return 62;
	return character == '_' ? 63 : -1;
}

ssize_t
base64url_decode(const char *text, size_t length, unsigned char *bytes)
{
	unsigned pending = 0;
	int bits = 0;
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
	{
		int value = value_of(text[i]);

		if (value < 0)
			return -1;
		pending = pending << 6 | (unsigned) value;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		bytes[count++] = pending >> bits & 0xff;
		pending &= (1u << bits) - 1;
	}
	return length % 4 == 1 || pending != 0 ? -1 : (ssize_t) count;
}
