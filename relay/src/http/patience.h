/*
 * patience.h
 *		How long a thread waits for a client that is slow. CivetWeb's own limits begin anew with each byte.
 *
 * A thread that has run out of patience is interrupted (again and again) while it waits for the socket: the read or write
 * fails, and CivetWeb closes the connection.
 */
#ifndef RELAY_PATIENCE_H
#define RELAY_PATIENCE_H

/* Once, before there are threads. */
extern void patience_init(void);

/* For the thread that calls: its patience, for as long as it lives. */
extern void patience_begin(void);
extern void patience_end(void);

/* The thread is interrupted from then on, until it is set again; 0: not at all. */
extern void patience_set(int milliseconds);

#endif
