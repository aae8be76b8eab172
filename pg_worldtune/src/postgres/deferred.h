/*
 * deferred.h
 *		Deferrable constraints of the owner whose code is about to run.
 */
#ifndef WORLDTUNE_DEFERRED_H
#define WORLDTUNE_DEFERRED_H

/*
 * SET CONSTRAINTS ... IMMEDIATE, for the rest of the transaction, on the deferrable triggers, foreign keys and unique
 * constraints of that owner's tables: deferred, they would fire at its end, as whoever called us, and so are an error
 * in the owner's code (42501). Nothing is fired by it. Left as they are: those of tables for which something waits
 * already, and those that share their name and schema with another owner's, since PostgreSQL sets both or none. To be
 * called as that owner.
 */
extern void deferred_set_immediate(Oid owner);

#endif
