/*
 * server.h
 *		The HTTP server: CivetWeb's threads, the way of a request through them, and the end of it all.
 */
#ifndef RELAY_SERVER_H
#define RELAY_SERVER_H

#include <stdbool.h>

#include "base/relay.h"

struct Config;

/* The real ones, also for port 0. */
typedef struct ServerPorts
{
	int main;
	int ops; /* 0 when health is served on the main port alone */
} ServerPorts;

/* Listens; false (and a line in the log) when it cannot. */
extern bool server_start(const Relay *relay, const struct Config *config, ServerPorts *ports);

/* Refuses new requests, lets those in flight finish, then closes everything. */
extern void server_stop(void);

#endif
