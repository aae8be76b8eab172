/*
 * calls.h
 *		Calls that a signed-in user has the relay place, and end.
 */
#ifndef RELAY_CALLS_H
#define RELAY_CALLS_H

#include "http/http.h"

extern void calls_start(HttpRequest *request, HttpReply *reply);
extern void calls_hangup(HttpRequest *request, HttpReply *reply);

#endif
