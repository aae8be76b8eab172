/*
 * watchdog.h
 *		Looks after calls that should be over; any number of relays may do so.
 */
#ifndef RELAY_WATCHDOG_H
#define RELAY_WATCHDOG_H

#include "base/relay.h"

typedef struct Watchdog Watchdog;

/* NULL when the settings turn it off. */
extern Watchdog *watchdog_start(const Relay *relay, int seconds);

/* Waits until the calls that are looked after are done with; does nothing with NULL. */
extern void watchdog_stop(Watchdog *watchdog);

#endif
