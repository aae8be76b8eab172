/*
 * payment.h
 *		Rows of transactions: credit purchases.
 */
#ifndef WORLDTUNE_PAYMENT_H
#define WORLDTUNE_PAYMENT_H

#include "utils/uuid.h"

#include "postgres/row.h"

enum
{
	PAYMENT_ID,
	PAYMENT_CREATED_AT,
	PAYMENT_USER_ID,
	PAYMENT_AMOUNT,
	PAYMENT_CREDITS_ADDED,
	PAYMENT_INTENT_ID,
	PAYMENT_STATUS,
	PAYMENT_BOOKED_AT,
};

extern Table payments_table;

/* Of the columns of a booked payment all but these are written by nobody but this extension. */
#define PAYMENT_FREE_COLUMNS (UINT64CONST(1) << PAYMENT_STATUS)

typedef enum PaymentState
{
	PAYMENT_NEW,  /* unknown */
	PAYMENT_OPEN, /* known, not credited */
	PAYMENT_CREDITED, /* by this extension (is_booked), or by the earlier application before the ledger was opened */
} PaymentState;

typedef struct Payment
{
	PaymentState state;
	bool is_booked;
	bool was_taken_back; /* by the earlier application, as its row says */
	pg_uuid_t id;
	bool has_user;
	pg_uuid_t user_id;
	int64 credits_micros;
	int64 amount_micros;
	Row row; /* of a payment that is known: locked, to be written once, then closed */
} Payment;

/*
 * Whose payment it is; false when it is unknown or nobody's. Nothing is locked: the lock order is user, then
 * payment.
 */
extern bool payment_find_user(const char *payment_intent_id, pg_uuid_t *user_id);

/*
 * Makes those who deal with this payment take turns until the transaction ends, and finds it: of several rows
 * with the id the booked one, else the credited one, else the oldest.
 */
extern void payment_find(const char *payment_intent_id, Payment *payment);

/* Books what was found: writes the row of a new or open payment; an open one that is nobody's becomes the
 * user's. */
extern void payment_book(Payment *payment, const pg_uuid_t *user_id, const char *payment_intent_id,
                         int64 credits_micros, int64 amount_micros);

/* Whether the ledger has it that this row's credit was taken back. */
extern bool payment_was_charged_back(const pg_uuid_t *payment_id);

/* Says in the row of a credited payment that it was taken back. */
extern void payment_mark_reversed(Payment *payment);

/* Closes what payment_find left open. */
extern void payment_close(Payment *payment);

#endif
