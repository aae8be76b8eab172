/*
 * patience.h
 *		How long a thread waits for a client that is slow. CivetWeb's own limits begin anew with each byte.
 *
 * A thread that has run out of patience is interrupted (again and again) while it waits for the socket: the read or write
 * fails, and CivetWeb closes the connection.
 */
#ifndef RELAY_PATIENCE_H
#define RELAY_PATIENCE_H

#include <stdbool.h>

/* Once, before there are threads. */
extern void patience_init(void);

/* For the thread that calls, one of that group: its patience, for as long as it lives. */
extern void patience_begin(const void *group);
extern void patience_end(void);

/* From now on the thread waits for its client, for so long at most, until it is set again; 0: it waits for nobody. */
extern void patience_set(int milliseconds);

/* Ends the patience of that thread of the group that has waited longest (after a tenth of a second at the soonest); false when none waits. */
extern bool patience_end_longest(const void *group);

#endif
