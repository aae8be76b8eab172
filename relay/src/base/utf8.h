/*
 * utf8.h
 *		Text of strangers as UTF-8, which PostgreSQL and JSON insist on.
 */
#ifndef RELAY_UTF8_H
#define RELAY_UTF8_H

#include <stddef.h>

/*
 * Copies as much of the text as fits with its NUL, whole characters only. Each byte that is part of none becomes U+FFFD. The
 * text may be the copy's own place.
 */
extern void utf8_copy(char *copy, size_t size, const char *text);

#endif
