/*
 * calling_code.h
 *		Which country a number belongs to, whatever any deck says.
 */
#ifndef WORLDTUNE_CALLING_CODE_H
#define WORLDTUNE_CALLING_CODE_H

#include "postgres.h"

#define CALLING_CODE_SIZE 9 /* the longest in the table has seven digits */

typedef struct CallingCode
{
	char code[CALLING_CODE_SIZE]; /* as people write it, without the plus: "1876", but "1" for Canada */
	char iso_country[3];          /* empty where the numbers belong to no country */
} CallingCode;

/*
 * By the longest prefix of the digits. NULL when no country has them. The answer is good until the next call.
 */
extern const CallingCode *calling_code_find(const char *digits, int length);

#endif
