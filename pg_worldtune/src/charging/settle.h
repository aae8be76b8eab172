/*
 * settle.h
 *		Bringing a call's row, the balance and the ledger in line with an event, all or nothing.
 */
#ifndef WORLDTUNE_SETTLE_H
#define WORLDTUNE_SETTLE_H

#include "fmgr.h"

#include "charging/call.h"

/* A locked call and what an event did to it. */
typedef struct Settlement
{
	Call call;
	bool changed;
	bool has_user;        /* still there: a call that holds and moves nothing may outlive its user */
	int64 balance_micros; /* the user's, afterwards */
} Settlement;

/* Reads status (as Twilio words it) and seconds into an event and its update. Errors: 22023 for either. */
extern void settle_read_event(const char *status, bool has_duration, int32 duration_seconds, CallEvent *event,
                              CallUpdate *update);

/* Applies the event to the locked call. update comes with what is known besides status and duration. */
extern void settle_event(Settlement *settlement, CallEvent event, CallUpdate *update);

/* Reads the balance as it is. */
extern void settle_nothing(Settlement *settlement);

/* Applies one step; settle_event chooses it. */
extern void settle_step(Settlement *settlement, CallStep step, CallUpdate *update);

#define SETTLEMENT_COLUMNS 8

/* The columns of call_settlement; call_reconciliation begins with the same. */
extern void settlement_fill(Settlement *settlement, Datum *values, bool *nulls);

#endif
