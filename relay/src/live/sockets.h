/*
 * sockets.h
 *		The listener of live sockets: libwebsockets' loop, in a thread of its own.
 */
#ifndef RELAY_SOCKETS_H
#define RELAY_SOCKETS_H

#include <stdbool.h>

#include "base/relay.h"
#include "live/dispatcher.h"

/*
 * Listens on an IPv4 address and port (0 takes a free one), and says on which. False when it cannot. own_origins are those
 * of the relay's own page, ended by a NULL.
 */
extern bool sockets_start(const Relay *relay, const char *address, int most, char *const *own_origins,
                          int *port);

/* Takes a delivery to the loop. May be called by any thread between start and stop. */
extern void sockets_deliver(Delivery *delivery);

/* From here on pages are let in. */
extern void sockets_serve(Dispatcher *dispatcher);

/* Says good-bye to all pages, and ends the loop. */
extern void sockets_stop(void);

/* After the dispatcher's end. */
extern void sockets_free(void);

#endif
