/*
 * receipt.h
 *		What is stored of a call and of what was booked for it: all that its price can be explained from.
 */
#ifndef WORLDTUNE_RECEIPT_H
#define WORLDTUNE_RECEIPT_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "pure/billing.h"

/* A row of credit_ledger that is about the call. */
typedef struct ReceiptEntry
{
	char *kind;
	int64 delta_micros;
	char *note;
} ReceiptEntry;

/* Texts are NULL where the row says nothing. */
typedef struct Receipt
{
	pg_uuid_t id;
	bool authorized; /* by pg_worldtune; else it is a row of the earlier application */
	TimestampTz authorized_at;
	bool over;
	bool billed;
	char *status;
	char *reject_reason;
	char *note;
	char *number; /* E.164, or masked */
	char *country;
	char *iso_country;
	char *caller_id;
	bool rated; /* it has a price: what follows up to max_seconds */
	char *price_source;
	int64 deck_id; /* 0: none */
	char *prefix;
	char *origination;
	BillingTerms terms;
	int32 max_seconds;
	int32 billed_seconds;
	int64 used_micros;
	int64 refunded_micros;
	int reported_count; /* the durations that it was billed and corrected by, in this order */
	int32 *reported_seconds;
	int entry_count; /* in the order of booking */
	ReceiptEntry *entries;
} Receipt;

/*
 * Finds a user's call by its SID (of several with one SID the one that was billed by us, else the newest) or by
 * the text of its id, as the calling query sees it; inside SPI_connect. False when there is none.
 */
extern bool receipt_find(const pg_uuid_t *user_id, const char *call, Receipt *receipt);

#endif
