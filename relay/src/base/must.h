/*
 * must.h
 *		Memory or nothing: the relay may be killed at any instant without harm, so without memory it ends.
 */
#ifndef RELAY_MUST_H
#define RELAY_MUST_H

#include <stddef.h>

/* The pointer, unless it is NULL: then the process aborts. */
extern void *must(void *pointer);

extern void *must_alloc(size_t size);
extern char *must_copy(const char *text);
extern char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
