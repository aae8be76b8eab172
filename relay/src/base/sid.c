/*
 * sid.c
 *		What a SID looks like.
 */
#include "base/sid.h"

#include <string.h>

bool
sid_is(const char *text, const char *kind)
{
	return text != NULL && strlen(text) == SID_SIZE - 1 && strncmp(text, kind, 2) == 0 &&
	       strspn(text + 2, "0123456789abcdef") == SID_SIZE - 1 - 2;
}
