/*
 * hardening.h
 *		What the process gives up before it does anything.
 */
#ifndef RELAY_HARDENING_H
#define RELAY_HARDENING_H

/* No further privileges by any program that is run; no core dumps, and no debugger of the same user: memory holds secrets. */
extern void hardening_apply(void);

#endif
