/*
 * limits.h
 *		Too many requests of one user, from one address, or of either to one endpoint.
 */
#ifndef RELAY_LIMITS_H
#define RELAY_LIMITS_H

#include <stdbool.h>

#include "http/http.h"

/* By address, before anything is known of the user; false with a 429 when it is one too many. */
extern bool limits_admit_address(const HttpRequest *request, HttpReply *reply);

/* By user, and by endpoint, once it is known who asks. */
extern bool limits_admit_user(const HttpRequest *request, HttpReply *reply);

#endif
