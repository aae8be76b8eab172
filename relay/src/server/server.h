/*
 * server.h
 *		The HTTP server: CivetWeb's threads, the way of a request through them, and the end of it all.
 */
#ifndef RELAY_SERVER_H
#define RELAY_SERVER_H

#include <stdbool.h>

#include "base/relay.h"

/* Listens; false (and a line in the log) when it cannot. The port is the real one, also for port 0. */
extern bool server_start(const Relay *relay, int *port);

/* Refuses new requests, lets those in flight finish, then closes everything. */
extern void server_stop(void);

#endif
