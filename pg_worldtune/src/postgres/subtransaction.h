/*
 * subtransaction.h
 *		Work that may fail, or is only tried, without the rest of the transaction.
 */
#ifndef WORLDTUNE_SUBTRANSACTION_H
#define WORLDTUNE_SUBTRANSACTION_H

#include "utils/elog.h"

typedef enum SubtransactionEnd
{
	SUBTRANSACTION_KEEP,   /* what was done stays */
	SUBTRANSACTION_FORGET, /* it was a rehearsal: what was done is taken back */
} SubtransactionEnd;

/*
 * Runs the work in a subtransaction, which is over when this returns, whatever happened. NULL when the work
 * was done; else its error, and nothing of it stays. Whoever cannot go on rethrows it with ReThrowError.
 */
extern ErrorData *subtransaction_run(void (*work)(void *argument), void *argument, SubtransactionEnd end);

#endif
