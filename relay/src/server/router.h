/*
 * router.h
 *		Which handler serves which method and path.
 */
#ifndef RELAY_ROUTER_H
#define RELAY_ROUTER_H

#include "http/http.h"

/*
 * Finds the route (among those for operations alone, where asked), checks the door, reads the body with that patience, and
 * lets the handler fill in the reply.
 */
extern void router_dispatch(HttpRequest *request, HttpReply *reply, bool ops_only, int patience_ms);

#endif
