/*
 * e164.h
 *		The one normaliser of telephone numbers: any human notation of an international number to E.164 digits
 *(ITU-T E.164).
 *
 * Pure C, no PostgreSQL: it can be tested and fuzzed alone.
 */
#ifndef WORLDTUNE_E164_H
#define WORLDTUNE_E164_H

#include <stdbool.h>
#include <stddef.h>

#define E164_MAX_DIGITS 15 /* ITU-T E.164, country code included */
#define E164_MIN_DIGITS 7  /* the shortest complete numbers in use (+290, +683 and others) */

#define E164_PROBLEM_SIZE 96

/* Digits without the plus sign, NUL-terminated: "442079460958". */
typedef struct E164
{
	char digits[E164_MAX_DIGITS + 1];
	int length;
} E164;

/*
 * Reads a number written by a person, in UTF-8. False when the text is no number: problem then says what is
 * wrong with it, fit for "\"%s\" is not a telephone number: it %s".
 */
extern bool e164_normalize(const char *text, size_t length, E164 *number, char problem[E164_PROBLEM_SIZE]);

#endif
