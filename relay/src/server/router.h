/*
 * router.h
 *		Which handler serves which method and path.
 */
#ifndef RELAY_ROUTER_H
#define RELAY_ROUTER_H

#include "http/http.h"

/* Finds the route, reads the body if the method has one, and lets the handler fill in the reply. */
extern void router_dispatch(HttpRequest *request, HttpReply *reply);

#endif
