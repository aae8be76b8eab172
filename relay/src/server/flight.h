/*
 * flight.h
 *		Requests on their way, so that a stop can wait for them.
 */
#ifndef RELAY_FLIGHT_H
#define RELAY_FLIGHT_H

#include <stdbool.h>

/* False once no further ones are admitted. Each one that was admitted lands. */
extern bool flight_take_off(void);
extern void flight_land(void);

/* Admits no further ones, and waits for those on their way, for so long at most. */
extern void flight_stop(int milliseconds);

#endif
