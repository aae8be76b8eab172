/*
 * hold.h
 *		The calls that have not ended, each with the credit that it holds: rows of worldtune_internal.holds.
 *
 * The one representation of an open call. A row is made and deleted in the transaction that opens and closes
 * its call, under the lock of the call's row or, when it is made, of its user's.
 */
#ifndef WORLDTUNE_HOLD_H
#define WORLDTUNE_HOLD_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "postgres/row.h"

/* Unanswered, a call is over ten minutes after its authorisation: Twilio rings no longer. */
#define HOLD_RINGING_SECONDS 600

extern void hold_add(const pg_uuid_t *call_id, const pg_uuid_t *user_id, int64 micros, TimestampTz due_at);
extern void hold_remove(const pg_uuid_t *call_id, const pg_uuid_t *user_id);

/* Another moment at which the call should be over: it rings, or it was answered. */
extern void hold_set_due(const pg_uuid_t *call_id, const pg_uuid_t *user_id, TimestampTz due_at);

/* What a user's open calls hold together, and how many they are. access is ROW_OF_QUERY or ROW_NEWEST. */
typedef struct Holds
{
	int64 micros;
	int32 count;
} Holds;

extern Holds hold_sum(const pg_uuid_t *user_id, RowAccess access);

#endif
