/*
 * deferred.h
 *		Deferrable constraints of the owner whose code is about to run.
 */
#ifndef WORLDTUNE_DEFERRED_H
#define WORLDTUNE_DEFERRED_H

/*
 * SET CONSTRAINTS ... IMMEDIATE, for the rest of the transaction, on every deferrable trigger, foreign key and unique
 * constraint of that owner's tables. Deferred, they would fire at its end, as whoever called us: before PostgreSQL 18
 * nobody remembers for whom they were deferred. One whose name another owner's trigger shares is left out:
 * PostgreSQL sets both or none. To be called as that owner.
 */
extern void deferred_set_immediate(Oid owner);

#endif
