/*
 * watchdog.h
 *		Looks after calls that should be over: one thread, which any number of relays may have.
 */
#ifndef RELAY_WATCHDOG_H
#define RELAY_WATCHDOG_H

#include "base/relay.h"

typedef struct Watchdog Watchdog;

/* NULL when the settings turn it off. */
extern Watchdog *watchdog_start(const Relay *relay);

/* Waits until the call that is looked after is done with; does nothing with NULL. */
extern void watchdog_stop(Watchdog *watchdog);

#endif
