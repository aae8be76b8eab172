/*
 * call.h
 *		A row of call_logs that this extension wrote (authorized_at is set; rows of the earlier application
 *are never touched).
 */
#ifndef WORLDTUNE_CALL_H
#define WORLDTUNE_CALL_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "billing.h"
#include "call_state.h"
#include "e164.h"
#include "rate.h"

typedef struct Call
{
	pg_uuid_t id;
	pg_uuid_t user_id;
	char *call_sid; /* NULL until the carrier named it */
	char *number;   /* E.164 */
	CallState state;
	char *reject_reason;
	char *country;
	char *iso_country;
	/* The terms that it was authorised at, copied from the deck. */
	bool rated;
	BillingTerms terms;
	int32 max_seconds;
	int64 held_micros;
	int32 billed_seconds;
	int64 used_micros;
} Call;

/* What authorising decided, to be logged. */
typedef struct CallDecision
{
	const pg_uuid_t *user_id;
	const char *call_sid;        /* NULL: not known yet */
	const char *idempotency_key; /* NULL: none */
	const E164 *number;
	const Rate *rate;   /* NULL: no rate covers the number */
	const char *reason; /* NULL: allowed */
	int32 max_seconds;
	int64 held_micros;
} CallDecision;

/*
 * Finds a call; the lock variants also lock its row until the transaction ends. False when there is none.
 * Whoever holds the lock of a user's row finds, never locks: the lock order is call, then user. All here need
 * an SPI connection.
 */
extern bool call_lock_by_sid(const char *call_sid, Call *call);
extern bool call_lock_by_id(const pg_uuid_t *id, Call *call);
extern bool call_find_by_sid(const char *call_sid, Call *call);
extern bool call_find_by_key(const pg_uuid_t *user_id, const char *idempotency_key, Call *call);

/* Logs an authorised or rejected call and returns it as it now stands. */
extern void call_insert(const CallDecision *decision, Call *call);

/* Error 23505 when another call has that SID. */
extern void call_set_sid(Call *call, const char *call_sid);

/* Error 22023 unless the text can be a SID: 1 to 64 characters of A-Z a-z 0-9 _ - (Twilio's: two letters, 32
 * hex digits). */
extern void call_check_sid(const char *sid, const char *what);

/* What an event changes in the row; the rest stays. */
typedef struct CallUpdate
{
	CallStatus status;
	bool closes; /* the call is over: ended_at is set, the hold goes */
	bool bills;  /* and it is charged for billed_seconds */
	TimestampTz occurred_at;
	bool has_duration;
	int32 duration_seconds;
	int32 billed_seconds;
	int64 used_micros;
	const char *dial_call_sid; /* NULL: not told */
	bool answered;             /* occurred_at is when it was answered */
	const char *note;
} CallUpdate;

/* False when the row already says all of that and stays untouched. */
extern bool call_update(Call *call, const CallUpdate *update);

extern void call_not_found(const char *what) pg_attribute_noreturn();

#endif
