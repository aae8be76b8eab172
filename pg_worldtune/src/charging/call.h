/*
 * call.h
 *		A row of call_logs that this extension wrote: authorized_at is set.
 *		Rows of the earlier application are never touched.
 */
#ifndef WORLDTUNE_CALL_H
#define WORLDTUNE_CALL_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "pure/billing.h"
#include "pure/call_state.h"
#include "pure/e164.h"
#include "charging/decision.h"
#include "postgres/row.h"

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
	TimestampTz authorized_at;
	int32 max_seconds;
	int64 held_micros;
	int32 billed_seconds;
	int64 used_micros;
	int64 refunded_micros;
	/* The durations that events reported so far. */
	int reported_count;
	int32 *reported_seconds;
	Row row; /* of a locked call: open until call_close */
} Call;

/*
 * The lock variants lock the row until the transaction ends and raise P0002 when there is no such call or it
 * is not that user's (NULL: any). What they return is to be closed, and can be written once before. The find
 * variants only look, at what committed before now in every isolation level, and answer false. Whoever holds the
 * lock of a user's row finds, never locks: the lock order is call, then user.
 */
extern void call_lock_by_id(const pg_uuid_t *id, const pg_uuid_t *user_id, Call *call);
extern void call_lock_by_sid(const char *call_sid, const pg_uuid_t *user_id, Call *call);
extern void call_close(Call *call);

/* As call_lock_by_sid, but false, and nothing to close, where nobody's call has that SID. */
extern bool call_lock_known_sid(const char *call_sid, const pg_uuid_t *user_id, Call *call);

/* For jobs: false, and nothing to close, when the call is gone or another transaction holds its row. */
extern bool call_try_lock_by_id(const pg_uuid_t *id, Call *call);

/* How many durations the column reported_seconds holds, and a copy of them; none where it is NULL. */
extern int call_reported_seconds(Datum value, bool isnull, int32 **seconds);

/* For statements that read call_logs and for the triggers on it. */
extern Table calls_table;

enum
{
	CALL_ID,
	CALL_CREATED_AT,
	CALL_AUTHORIZED_AT,
	CALL_USER_ID,
	CALL_SID,
	CALL_DIAL_SID,
	CALL_KEY,
	CALL_STATUS,
	CALL_REJECT_REASON,
	CALL_ATTEMPTS,
	CALL_NUMBER,
	CALL_CALLER_ID,
	CALL_COUNTRY,
	CALL_ISO_COUNTRY,
	CALL_PRICE_SOURCE,
	CALL_DECK_ID,
	CALL_PREFIX,
	CALL_ORIGINATION,
	CALL_RATE,
	CALL_CONNECTION_FEE,
	CALL_MINIMUM_SECONDS,
	CALL_INCREMENT_SECONDS,
	CALL_MAX_SECONDS,
	CALL_CREDITS_HELD,
	CALL_DURATION_SECONDS,
	CALL_BILLED_SECONDS,
	CALL_DURATION_MINUTES,
	CALL_CREDITS_USED,
	CALL_CREDITS_REFUNDED,
	CALL_REPORTED_SECONDS,
	CALL_ANSWERED_AT,
	CALL_ENDED_AT,
	CALL_BILLED_AT,
	CALL_RECONCILED_AT,
	CALL_NOTE,
};

/* Of the columns of an authorised call all but these are written by nobody but this extension. */
#define CALL_FREE_COLUMNS (UINT64CONST(1) << CALL_NOTE)

extern bool call_find_by_sid(const char *call_sid, Call *call);
extern bool call_find_by_key(const pg_uuid_t *user_id, const char *idempotency_key, Call *call);

/* What is asked for; call_sid and idempotency_key are NULL where there is none. */
typedef struct NewCall
{
	const pg_uuid_t *user_id;
	const E164 *number;
	const char *call_sid;
	const char *idempotency_key;
	const char *stored_number; /* masked, where the settings say so */
	TimestampTz due_at;        /* unless something is heard of it, it is looked after then */
} NewCall;

/*
 * Logs what was decided on a call, makes its hold, and returns the call as it now stands, with its whole number even where the
 * row's is masked. The call shares the memory of its texts with what it was made from.
 */
extern void call_insert(const NewCall *new, const Decision *decision, Call *call);

/*
 * Counts one more refusal on the row of an earlier one instead, and returns the call as the request sees it: as
 * decided now, under that row's id. False when the row is gone or another session holds it.
 */
extern bool call_count_refusal(const pg_uuid_t *id, const NewCall *new, const Decision *decision, Call *call);

/* Error 23505 when another call has that SID. */
extern void call_set_sid(Call *call, const char *call_sid);

/* Error 22023 unless the text can be a SID: 1 to 64 characters of A-Z a-z 0-9 _ - (Twilio's: two letters, 32
 * hex digits). */
extern void call_check_sid(const char *sid, const char *what);

/* What an event changes in the row; the rest stays. */
typedef struct CallUpdate
{
	CallStatus status;
	bool closes;  /* the call is over: ended_at is set, the hold goes */
	bool charges; /* it is charged for billed_seconds, for the first time or corrected */
	TimestampTz occurred_at;
	bool has_duration;
	int32 duration_seconds;
	int32 billed_seconds;
	int64 used_micros;
	const char *dial_call_sid; /* NULL: not told */
	bool answered;             /* occurred_at is when it was answered */
	bool reconciles;           /* this is the carrier's own account */
	const char *note;
} CallUpdate;

/* Whether an event reported that duration, give or take CALL_DURATION_TOLERANCE. */
extern bool call_has_reported(const Call *call, int32 duration_seconds);

/* Adds to what was given back of the call's price. */
extern void call_add_refund(Call *call, int64 micros);

/*
 * Masks the number of a call of anybody's, ours or not, that is over. False when another session holds the row,
 * or there is nothing to mask any more.
 */
extern bool call_mask_number(const pg_uuid_t *id);

/* False when the row already says all of that and stays untouched. */
extern bool call_update(Call *call, const CallUpdate *update);

/* Error P0002. */
extern void call_not_found(const char *what) pg_attribute_noreturn();

#endif
