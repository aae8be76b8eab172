/*
 * billing.c
 *		The arithmetic of a call's price. See billing.h.
 */
#include "pure/billing.h"

#define SECONDS_PER_MINUTE 60

int64_t
billing_billed_seconds(const BillingTerms *terms, int64_t duration_seconds)
{
	int64_t beyond = duration_seconds - terms->minimum_seconds;

	if (duration_seconds <= 0)
		return 0;
	if (beyond <= 0)
		return terms->minimum_seconds;
	return terms->minimum_seconds +
	       (beyond + terms->increment_seconds - 1) / terms->increment_seconds * terms->increment_seconds;
}

int64_t
billing_cost_micros(const BillingTerms *terms, int64_t duration_seconds)
{
	int64_t billed = billing_billed_seconds(terms, duration_seconds);

	if (duration_seconds <= 0)
		return 0;
	return terms->connection_fee_micros +
	       (terms->rate_micros * billed + SECONDS_PER_MINUTE / 2) / SECONDS_PER_MINUTE;
}

int64_t
billing_charge_micros(const BillingTerms *terms, int64_t duration_seconds, int64_t max_seconds,
                      int32_t *billed_seconds)
{
	int64_t payable = duration_seconds < max_seconds ? duration_seconds : max_seconds;

	*billed_seconds = (int32_t) billing_billed_seconds(terms, payable);
	return billing_cost_micros(terms, payable);
}

/* The longest duration at most seconds that ends on a billing step; 0 when not even the first one fits. */
static int64_t
whole_steps(const BillingTerms *terms, int64_t seconds)
{
	if (seconds < terms->minimum_seconds)
		return 0;
	return seconds - (seconds - terms->minimum_seconds) % terms->increment_seconds;
}

/*
 * The largest s up to max_seconds with (rate * s + 30) / 60 <= budget, the inverse of the rounding in
 * billing_cost_micros. No product here can overflow: a budget that pays for max_seconds many times over is cut
 * first.
 */
static int64_t
payable_seconds(const BillingTerms *terms, int64_t budget, int64_t max_seconds)
{
	int64_t seconds;

	if (terms->rate_micros == 0 || budget / terms->rate_micros > max_seconds / SECONDS_PER_MINUTE)
		return max_seconds;
	seconds = (budget * SECONDS_PER_MINUTE + SECONDS_PER_MINUTE / 2 - 1) / terms->rate_micros;
	return seconds < max_seconds ? seconds : max_seconds;
}

int64_t
billing_affordable_seconds(const BillingTerms *terms, int64_t available_micros, int64_t max_seconds)
{
	if (available_micros < terms->connection_fee_micros)
		return 0;
	if (whole_steps(terms, max_seconds) == 0)
		return billing_cost_micros(terms, max_seconds) <= available_micros ? max_seconds : 0;
	return whole_steps(terms,
	                   payable_seconds(terms, available_micros - terms->connection_fee_micros, max_seconds));
}
