/*
 * encoding.h
 *		Which content codings a client takes (RFC 9110, section 12.5.3).
 */
#ifndef RELAY_ENCODING_H
#define RELAY_ENCODING_H

#include <stdbool.h>

/* Whether the header Accept-Encoding names this coding, with any weight but zero. NULL accepts none. */
extern bool encoding_accepted(const char *accept_encoding, const char *coding);

#endif
