/*
 * decision.h
 *		May this user call that number, at what rate and for how long. The one place that decides, for checks
 *		and for authorisations.
 */
#ifndef WORLDTUNE_DECISION_H
#define WORLDTUNE_DECISION_H

#include "account.h"
#include "rate.h"

typedef struct Decision
{
	const char *reason; /* the contract's word for a refusal, NULL when allowed */
	bool rated;         /* a rate covers the number */
	Rate rate;
	int32 max_seconds; /* 0 when refused */
	int64 hold_micros; /* the price of max_seconds */
} Decision;

/*
 * Decides for a user whose account has been read, in that order: no_rate, destination_blocked,
 * too_many_calls, spend_limit, insufficient_credit. caller_id NULL is the operator's own (settings.caller_id), if any. In a VOLATILE function, with the
 * account locked, fresh is true: then the decision sees every call that committed before. Needs an SPI
 * connection.
 */
extern void decide_call(const pg_uuid_t *user_id, const E164 *number, const E164 *caller_id,
                        const Account *account, bool fresh, Decision *decision);

#endif
