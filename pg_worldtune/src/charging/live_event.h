/*
 * live_event.h
 *		What the user's pages are told as it happens: rows of worldtune_internal.live_events.
 *
 * Each is numbered under the lock of the user's row, which the caller holds, and commits with what it tells of.
 */
#ifndef WORLDTUNE_LIVE_EVENT_H
#define WORLDTUNE_LIVE_EVENT_H

#include "charging/account.h"
#include "charging/call.h"

/* The call's status is another one: it began, moved on, or ended. */
extern void live_event_call(const Call *call, const Account *account);

/* Little is left to pay for the call that was answered just now. */
extern void live_event_low(const Call *call, const Account *account);

/* The balance is another one, by a ledger row of that kind; and the call has ended that it pays for, if one is given. */
extern void live_event_credit(const pg_uuid_t *user_id, const char *kind, int64 balance_micros,
                              const Call *ended);

/*
 * The user's numbers begin, unless they have: then a snapshot has one to name. Before, nobody has asked and nothing is
 * written. Locks the user's row for it.
 */
extern void live_event_start(const pg_uuid_t *user_id);

/* For statements that read them. */
extern Table live_events_table;

#endif
