/*
 * uuid.h
 *		The ids of users and calls.
 */
#ifndef RELAY_UUID_H
#define RELAY_UUID_H

#include <stdbool.h>

#define UUID_SIZE 37 /* with the NUL */

/* Copies a uuid in its usual notation, in lower case; false when the text (or NULL) is none. */
extern bool uuid_read(const char *text, char uuid[UUID_SIZE]);

#endif
