/*
 * uuid.c
 *		Reading uuids.
 */
#include "base/uuid.h"

#include <ctype.h>
#include <string.h>

static bool
is_hyphen_place(int place)
{
	return place == 8 || place == 13 || place == 18 || place == 23;
}

bool
uuid_read(const char *text, char uuid[UUID_SIZE])
{
	if (text == NULL || strlen(text) != UUID_SIZE - 1)
		return false;
	for (int i = 0; i < UUID_SIZE - 1; i++)
	{
		unsigned char c = text[i];

		if (is_hyphen_place(i) ? c != '-' : !isxdigit(c))
			return false;
		uuid[i] = (char) tolower(c);
	}
	uuid[UUID_SIZE - 1] = '\0';
	return true;
}
