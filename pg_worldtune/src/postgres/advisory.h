/*
 * advisory.h
 *		Locks on what has no row to lock, or too many who wait for it, until the transaction ends.
 */
#ifndef WORLDTUNE_ADVISORY_H
#define WORLDTUNE_ADVISORY_H

/* The classes of our advisory locks, as pg_locks.objsubid shows them; SQL's own are 1 and 2. */
typedef enum AdvisoryClass
{
	ADVISORY_USER = 0x5754, /* the queue for a user's row: "WT" */
	ADVISORY_PAYMENT,
	ADVISORY_TURN, /* work that only one session does at a time */
} AdvisoryClass;

extern void advisory_lock(AdvisoryClass lock_class, const void *key, size_t length);

#endif
