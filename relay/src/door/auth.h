/*
 * auth.h
 *		Who sends this request: a signed-in user, or Twilio. Everything else is refused here.
 */
#ifndef RELAY_AUTH_H
#define RELAY_AUTH_H

#include <stdbool.h>

#include "http/http.h"
#include "twilio/identity.h"

/* The user of the bearer token; false with a 401 otherwise. */
extern bool auth_require_user(const HttpRequest *request, HttpReply *reply, char user_id[UUID_SIZE]);

/* The same where a user may stay unknown: without a token user_id is empty. A token that is wrong is still
 * refused. */
extern bool auth_optional_user(const HttpRequest *request, HttpReply *reply, char user_id[UUID_SIZE]);

/* The form that Twilio signed, to be freed with form_free; false with a 403 otherwise. */
extern bool auth_require_twilio(const HttpRequest *request, HttpReply *reply, Form *form);

#endif
