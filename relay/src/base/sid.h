/*
 * sid.h
 *		Twilio's identifiers: two letters that say what it is, and 32 lower-case hexadecimal digits.
 */
#ifndef RELAY_SID_H
#define RELAY_SID_H

#include <stdbool.h>

#define SID_SIZE 35 /* with the NUL */

/* Whether the text (or NULL) is a SID of that kind: "CA" is a call. */
extern bool sid_is(const char *text, const char *kind);

#endif
