/*
 * rebill.h
 *		The bill of a call made once more, from the terms and the durations that are stored, beside what was
 *		booked.
 */
#ifndef WORLDTUNE_REBILL_H
#define WORLDTUNE_REBILL_H

#include "charging/receipt.h"

/* What one entry of the ledger should say. */
typedef struct RebilledEntry
{
	bool is_refund;
	bool known;             /* a duration accounts for it; always of a refund */
	int32 duration_seconds; /* that it was booked for */
	int32 billed_seconds;
	int64 before_micros; /* the charge before and after it */
	int64 after_micros;
	bool floored;       /* at what was refunded before */
	int64 delta_micros; /* what the caller pays more, below zero: less */
} RebilledEntry;

typedef struct Rebill
{
	int32 first_seconds; /* the duration that it was first billed by */
	int32 billed_seconds;
	int64 charge_micros;    /* the first charge */
	RebilledEntry *entries; /* beside those of the receipt; that of the charge stays empty */
	int32 last_billed_seconds;
	int64 used_micros; /* the charge after all corrections */
	int64 refunded_micros;
	const char *difference; /* in words, NULL: all is as booked */
} Rebill;

extern void rebill(const Receipt *receipt, Rebill *bill);

#endif
