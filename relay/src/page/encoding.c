/*
 * encoding.c
 *		Which content codings a client takes.
 *
 * A file has at most two compressed forms, and the smaller one is taken whatever the weights: all that matters of a
 * weight is whether it is zero.
 */
#include "page/encoding.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

/* The weight of a member such as "br;q=0.5", which ends at `end`. */
static double
weight(const char *member, const char *end)
{
	const char *parameter = memchr(member, ';', end - member);

	if (parameter == NULL)
		return 1;
	parameter += 1 + strspn(parameter + 1, BLANKS);
	return strncasecmp(parameter, "q=", 2) == 0 ? strtod(parameter + 2, NULL) : 1;
}

bool
encoding_accepted(const char *accept_encoding, const char *coding)
{
	size_t length = strlen(coding);
	const char *member = accept_encoding;

	while (member != NULL && *member != '\0')
	{
		const char *end;

		member += strspn(member, BLANKS ",");
		end = member + strcspn(member, ",");
		if (strncasecmp(member, coding, length) == 0 && strchr(BLANKS ";,", member[length]) != NULL)
			return weight(member, end) > 0;
		member = end;
	}
	return false;
}
