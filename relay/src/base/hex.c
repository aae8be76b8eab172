/*
 * hex.c
 *		Hexadecimal text.
 */
#include "base/hex.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/rand.h>

#define RANDOM_BYTES_MAX 32

void
hex_encode(const unsigned char *bytes, size_t count, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++)
	{
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

void
hex_random(size_t count, char *text)
{
	unsigned char bytes[RANDOM_BYTES_MAX];

	/* Ids that can be guessed, or that repeat, are worse than no relay. */
	if (count > sizeof(bytes) || RAND_bytes(bytes, (int) count) != 1)
	{
		fputs("worldtune-relay: no random bytes to be had\n", stderr);
		abort();
	}
	hex_encode(bytes, count, text);
}
