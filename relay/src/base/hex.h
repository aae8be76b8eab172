/*
 * hex.h
 *		Bytes as lower-case hexadecimal text.
 */
#ifndef RELAY_HEX_H
#define RELAY_HEX_H

#include <stddef.h>

/* Writes two digits for each byte, and a NUL. */
extern void hex_encode(const unsigned char *bytes, size_t count, char *text);

/* The same of that many random bytes, 32 at most. */
extern void hex_random(size_t count, char *text);

#endif
