/*
 * e164.h
 *		The one normaliser of telephone numbers: any human notation of an international number to E.164 digits (ITU-T E.164).
 */
#ifndef WORLDTUNE_E164_H
#define WORLDTUNE_E164_H

#include <stddef.h>

#define E164_MAX_DIGITS 15 /* ITU-T E.164, country code included */
#define E164_MIN_DIGITS 7  /* the shortest complete numbers in use (+290, +683 and others) */

/* Digits without the plus sign, NUL-terminated: "442079460958". */
typedef struct E164
{
	char digits[E164_MAX_DIGITS + 1];
	int length;
} E164;

/* Pure C: fills number and returns NULL, or returns what is wrong with the text, fit for "\"%s\" is not a telephone number: it ...". */
extern const char *e164_normalize(const char *text, size_t length, E164 *number);

#endif
