/*
 * base64url.h
 *		Base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
 */
#ifndef RELAY_BASE64URL_H
#define RELAY_BASE64URL_H

#include <stddef.h>
#include <sys/types.h>

/* Room for what so many characters stand for. */
#define BASE64URL_BYTES(length) ((length) / 4 * 3 + 3)

/*
 * The number of bytes that the text stands for, which have room for BASE64URL_BYTES(length); -1 when it has other characters,
 * an impossible length, or bits at its end that count for nothing: each value has one text.
 */
extern ssize_t base64url_decode(const char *text, size_t length, unsigned char *bytes);

#endif
