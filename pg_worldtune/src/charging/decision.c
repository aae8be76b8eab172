/*
 * decision.c
 *		May this user call that number. See decision.h.
 */
#include "postgres.h"

#include "charging/decision.h"
#include "charging/limits.h"
#include "postgres/money.h"
#include "rating/destination_block.h"

void
decision_rate(const E164 *number, const E164 *caller_id, const Rules *rules, Decision *decision)
{
	if (caller_id == NULL && rules->has_caller_id)
		caller_id = &rules->caller_id;
	memset(decision, 0, sizeof(*decision));
	decision->has_caller_id = caller_id != NULL;
	if (caller_id != NULL)
		decision->caller_id = *caller_id;
	decision->rated = rate_find(number, caller_id, &decision->rate);
	if (!decision->rated)
		rate_country_of(number, &decision->rate);
	if (rules->suspended)
		decision->reason = "suspended";
	else if (destination_is_blocked(number))
	{
		decision->reason = "destination_blocked";
		decision->note = "this range of numbers is blocked";
	}
	else if (!decision->rated)
		decision->reason = "no_rate";
}

/* What may be spent on this call, of so much available credit; or the reason that none may. */
static int64
apply_limits(const pg_uuid_t *user_id, const Account *account, const Rules *rules, bool fresh,
             Decision *decision)
{
	int64 spendable = account_available(account);
	Limits limits;

	limits_read(user_id, account->open_calls, &decision->rate, fresh, &limits);
	decision->reason = limits.reason;
	decision->note = limits.note;
	if (limits.reason != NULL || !limits.has_spend_left)
		return spendable;
	if (billing_affordable_seconds(&decision->rate.terms, limits.spend_left_micros,
	                               rules->max_call_seconds) == 0)
		decision->reason = "spend_limit";
	return Min(spendable, limits.spend_left_micros);
}

void
decision_complete(const pg_uuid_t *user_id, const Account *account, const Rules *rules, bool fresh,
                  Decision *decision)
{
	const BillingTerms *terms = &decision->rate.terms;
	int64 spendable = account_available(account);

	if (decision->reason == NULL && rules->limited)
		spendable = apply_limits(user_id, account, rules, fresh, decision);
	if (decision->reason != NULL)
		return;

	decision->max_seconds = billing_affordable_seconds(terms, spendable, rules->max_call_seconds);
	if (decision->max_seconds == 0)
	{
		decision->reason = "insufficient_credit";
		decision->note = psprintf("%s credits of %s", money_to_string(account_available(account)),
		                          money_to_string(billing_cost_micros(terms, 1)));
	}
	else
		decision->hold_micros = billing_cost_micros(terms, decision->max_seconds);
}
