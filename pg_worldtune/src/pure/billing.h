/*
 * billing.h
 *		The arithmetic of a call's price: seconds to billed seconds to micro-credits, and back.
 *
 * Pure C on 64-bit integers, no PostgreSQL: it can be tested and fuzzed alone. 1 credit = 1 US dollar =
 *1,000,000 micro-credits. Callers keep rates below BILLING_MAX_RATE_MICROS and durations below
 * BILLING_MAX_SECONDS; then nothing here can overflow.
 */
#ifndef WORLDTUNE_BILLING_H
#define WORLDTUNE_BILLING_H

#include <stdint.h>

#define BILLING_MICROS_PER_CREDIT INT64_C(1000000)
#define BILLING_MAX_RATE_MICROS                                                                              \
	(100 * BILLING_MICROS_PER_CREDIT)   /* 100 credits a minute: no network on earth costs that */
#define BILLING_DEFAULT_STEP_SECONDS 60 /* minimum and increment where nobody says another one */
#define BILLING_MAX_STEP_SECONDS 3600   /* of both; sql/rates.sql and sql/destinations.sql check it */
#define BILLING_MAX_SECONDS (INT64_C(366) * 86400) /* a year: ten digits of slack below overflow */

/* What a rate says about money. A call of s answered seconds costs connection fee + rate * billed(s) / 60. */
typedef struct BillingTerms
{
	int64_t rate_micros;           /* micro-credits a minute */
	int64_t connection_fee_micros; /* once, when the call is answered */
	int32_t minimum_seconds;       /* an answered call is billed for at least this long (60 of 60/60) */
	int32_t increment_seconds;     /* and beyond it in whole steps of this, at least 1 */
} BillingTerms;

/* The seconds that are billed for an answered call: the minimum, then whole increments. 0 for 0. */
extern int64_t billing_billed_seconds(const BillingTerms *terms, int64_t duration_seconds);

/* The price of an answered call of that duration, in micro-credits, rounded once, half up. 0 for 0 seconds.
 */
extern int64_t billing_cost_micros(const BillingTerms *terms, int64_t duration_seconds);

/*
 * What a call of that duration that was authorised for max_seconds is charged, and for how many seconds. The
 * caller never pays for a second that was not authorised: what the carrier lets run beyond (tearing a call down
 * takes time) is the operator's.
 */
extern int64_t billing_charge_micros(const BillingTerms *terms, int64_t duration_seconds, int64_t max_seconds,
                                     int32_t *billed_seconds);

/*
 * The longest call that the credit pays for, a whole number of billing steps, at most max_seconds; where not
 * even the first step fits into max_seconds, that itself, when the credit pays for the step. 0 when the credit
 * does not reach the first step.
 */
extern int64_t billing_affordable_seconds(const BillingTerms *terms, int64_t available_micros,
                                          int64_t max_seconds);

#endif
