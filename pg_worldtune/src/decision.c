/*
 * decision.c
 *		May this user call that number. See decision.h.
 */
#include "postgres.h"

#include "decision.h"
#include "destination_block.h"
#include "limits.h"

void
decide_call(const pg_uuid_t *user_id, const E164 *number, const E164 *caller_id, const Account *account,
            bool fresh, Decision *decision)
{
	int64 spendable = account_available(account);
	const Rate *rate = &decision->rate;

	if (caller_id == NULL && account->has_caller_id)
		caller_id = &account->caller_id;
	memset(decision, 0, sizeof(*decision));
	decision->rated = rate_find(number, caller_id, &decision->rate);
	if (!decision->rated)
	{
		decision->reason = "no_rate";
		return;
	}
	if (destination_is_blocked(number))
	{
		decision->reason = "destination_blocked";
		return;
	}
	if (account->limited)
	{
		Limits limits;

		limits_read(user_id, rate, fresh, &limits);
		decision->reason = limits.reason;
		if (limits.reason == NULL && limits.has_spend_left)
		{
			if (billing_affordable_seconds(&rate->terms, limits.spend_left_micros,
			                               account->max_call_seconds) == 0)
				decision->reason = "spend_limit";
			spendable = Min(spendable, limits.spend_left_micros);
		}
	}
	if (decision->reason != NULL)
		return;

	decision->max_seconds = billing_affordable_seconds(&rate->terms, spendable, account->max_call_seconds);
	if (decision->max_seconds == 0)
		decision->reason = "insufficient_credit";
	else
		decision->hold_micros = billing_cost_micros(&rate->terms, decision->max_seconds);
}
