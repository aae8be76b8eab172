/*
 * identity.h
 *		A user's uuid, and the Twilio identity made of it: u_ and the 32 digits, for Twilio allows no hyphen.
 */
#ifndef RELAY_IDENTITY_H
#define RELAY_IDENTITY_H

#include <stdbool.h>

#include "base/uuid.h"

#define IDENTITY_SIZE 35 /* with the NUL */

extern void identity_of_user(const char *uuid, char identity[IDENTITY_SIZE]);

/* The user that "client:u_…" names, as Twilio writes From and To; false when it names none. */
extern bool identity_read_client(const char *client, char uuid[UUID_SIZE]);

#endif
