/*
 * billing_fuzz.c
 *		Any terms within the limits, any credit: what is granted is paid for, stays below the cap, and is the most.
 */
#include "pure/billing.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STEP_SECONDS 3600
#define MAX_CAP_SECONDS 86400

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct
{
	uint64_t rate;
	uint64_t fee;
	int64_t available;
	uint32_t minimum;
	uint32_t increment;
	uint32_t max_seconds;
	uint32_t seconds;
	uint32_t more; /* credit, or seconds */
} Input;

static void
hold(int condition)
{
	if (!condition)
		abort();
}

static void
check_prices(const BillingTerms *terms, int64_t seconds, int64_t more)
{
	int64_t billed = billing_billed_seconds(terms, seconds);

	hold(billed >= seconds);
	hold(seconds == 0 || billed >= terms->minimum_seconds);
	hold(billed - seconds < terms->increment_seconds || billed == terms->minimum_seconds);
	hold(billing_cost_micros(terms, seconds) >= 0);
	hold(billing_cost_micros(terms, seconds + more) >= billing_cost_micros(terms, seconds));
	hold(billing_cost_micros(terms, seconds) == billing_cost_micros(terms, billed));
}

static void
check_affordable(const BillingTerms *terms, int64_t available, int64_t max_seconds, int64_t more)
{
	int64_t granted = billing_affordable_seconds(terms, available, max_seconds);
	int64_t next = granted == 0 ? billing_billed_seconds(terms, 1) : granted + terms->increment_seconds;

	hold(granted >= 0 && granted <= max_seconds);
	hold(granted == 0 || billing_cost_micros(terms, granted) <= available);
	/* Monotone in both. */
	if (available <= INT64_MAX - more)
		hold(billing_affordable_seconds(terms, available + more, max_seconds) >= granted);
	hold(billing_affordable_seconds(terms, available, max_seconds + more % MAX_CAP_SECONDS) >= granted);
	/* Nothing longer that ends on a step fits and is paid for. */
	hold(next > max_seconds || billing_cost_micros(terms, next) > available);
	hold(granted > 0 || billing_cost_micros(terms, max_seconds) > available);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input input = {0};
	BillingTerms terms;

	memcpy(&input, data, size < sizeof(input) ? size : sizeof(input));
	terms = (BillingTerms){
	    .rate_micros = (int64_t) (input.rate % (BILLING_MAX_RATE_MICROS + 1)),
	    .connection_fee_micros = (int64_t) (input.fee % (BILLING_MAX_RATE_MICROS + 1)),
	    .minimum_seconds = (int32_t) (input.minimum % (MAX_STEP_SECONDS + 1)),
	    .increment_seconds = (int32_t) (1 + input.increment % MAX_STEP_SECONDS),
	};
	check_prices(&terms, input.seconds % BILLING_MAX_SECONDS, input.more % MAX_CAP_SECONDS);
	check_affordable(&terms, input.available, 1 + input.max_seconds % MAX_CAP_SECONDS, input.more);
	/* Credit of everyday size, too. */
	check_affordable(&terms, input.available % (100 * BILLING_MICROS_PER_CREDIT), 1 + input.max_seconds % 600,
	                 input.more);
	return 0;
}
