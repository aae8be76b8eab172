/*
 * door.h
 *		Who may come in: looked at before a byte of the body is read, and once more when a signature covers the body.
 */
#ifndef RELAY_DOOR_H
#define RELAY_DOOR_H

#include <stdbool.h>

#include "http/http.h"

typedef enum Door
{
	DOOR_OPEN,
	DOOR_USER,          /* a signed-in user */
	DOOR_OPTIONAL_USER, /* anybody; but a token that is sent must be good */
	DOOR_TWILIO,
} Door;

/* By the headers alone. Sets the user, where there is one; false with an error reply otherwise. */
extern bool door_admit(Door door, HttpRequest *request, HttpReply *reply);

/* With the body: Twilio's signature. Sets the form that Twilio signed; false with a 403 otherwise. */
extern bool door_admit_body(Door door, HttpRequest *request, HttpReply *reply);

#endif
