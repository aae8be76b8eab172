/*
 * identity.c
 *		uuid to Twilio identity and back.
 */
#include "twilio/identity.h"

#include <stdio.h>
#include <string.h>

void
identity_of_user(const char *uuid, char identity[IDENTITY_SIZE])
{
	char *to = identity;

	*to++ = 'u';
	*to++ = '_';
	for (int i = 0; i < UUID_SIZE - 1; i++)
		if (uuid[i] != '-')
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
	snprintf(uuid, UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16,
	         digits + 20);
	return true;
}
