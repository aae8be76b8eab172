/*
 * deferred.h
 *		Deferred triggers of the owner whose code is running.
 */
#ifndef WORLDTUNE_DEFERRED_H
#define WORLDTUNE_DEFERRED_H

/*
 * Fires what triggers on any table of that owner deferred, and defers them no more in this transaction. They
 * would fire at its end, as whoever called us: before PostgreSQL 18 nobody remembers for whom they were deferred.
 * To be called as that owner.
 */
extern void deferred_fire(Oid owner);

#endif
