/*
 * identity.c
 *		uuid to Twilio identity and back.
 */
#include "twilio/identity.h"

#include <ctype.h>
#include <stddef.h>
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

void
identity_of_user(const char *uuid, char identity[IDENTITY_SIZE])
{
	char *to = identity;

	*to++ = 'u';
	*to++ = '_';
	for (int i = 0; i < UUID_SIZE - 1; i++)
		if (!is_hyphen_place(i))
			*to++ = uuid[i];
	*to = '\0';
}

bool
identity_read_client(const char *client, char uuid[UUID_SIZE])
{
	static const char prefix[] = "client:u_";
	const char *digits;

	if (client == NULL || strncmp(client, prefix, sizeof(prefix) - 1) != 0)
		return false;
	digits = client + sizeof(prefix) - 1;
	if (strlen(digits) != 32 || strspn(digits, "0123456789abcdef") != 32)
		return false;
	for (int i = 0; i < UUID_SIZE - 1; i++)
		uuid[i] = is_hyphen_place(i) ? '-' : *digits++;
	uuid[UUID_SIZE - 1] = '\0';
	return true;
}
