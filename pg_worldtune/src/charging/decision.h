/*
 * decision.h
 *		May this user call that number, at what rate and for how long. The one place that decides, for checks
 *		and for authorisations.
 */
#ifndef WORLDTUNE_DECISION_H
#define WORLDTUNE_DECISION_H

#include "charging/account.h"
#include "rating/rate.h"
#include "charging/rules.h"

typedef struct Decision
{
	const char *reason; /* the contract's word for a refusal, NULL when allowed */
	const char *note;   /* more of it, for its caller; NULL where the reason says all */
	bool has_caller_id;
	E164 caller_id;    /* what the call shows */
	bool rated;        /* a rate covers the number */
	Rate rate;         /* where none covers it: the country alone */
	int32 max_seconds; /* 0 when refused */
	int64 hold_micros; /* the price of max_seconds */
} Decision;

/*
 * What the call would cost, before anybody's credit is looked at: the rate, or the reason
 * destination_blocked or no_rate. caller_id NULL is the operator's own (settings.caller_id), if any.
 */
extern void decision_rate(const E164 *number, const E164 *caller_id, const Rules *rules, Decision *decision);

/*
 * Completes a decision that has a rate, for a user whose account has been read; in that order:
 * destination_blocked by a limit, too_many_calls, too_many_destinations, spend_limit, insufficient_credit.
 * In a VOLATILE function, with the account locked, fresh is true: then it sees every call that committed before.
 */
extern void decision_complete(const pg_uuid_t *user_id, const Account *account, const Rules *rules,
                              bool fresh, Decision *decision);

#endif
