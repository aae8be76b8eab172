/*
 * refusal.c
 *		The table of refusals.
 */
#include "api/refusal.h"

#include <string.h>

static const Refusal refusals[] = {
    {"insufficient_credit", 402, 0,
     "not enough credit for the shortest call to this number; add credit and try again"},
    {"destination_blocked", 403, 0, "calls to this destination are not allowed"},
    {"suspended", 403, 0, "this account is suspended; ask support why"},
    {"unknown_user", 403, 0, "this user has no account here"},
    {"no_rate", 422, 0, "calls to this number are not offered"},
    {"too_many_calls", 429, 30, "too many calls in progress; end one and try again"},
    {"too_many_destinations", 429, 3600,
     "too many different expensive destinations within the hour; try again later"},
    {"spend_limit", 429, 3600, "the spending limit is reached; try again later"},
    {NULL, 403, 0, "this call is not possible"},
};

const Refusal *
refusal_find(const char *reason)
{
	const Refusal *refusal = refusals;

	while (refusal->reason != NULL && (reason == NULL || strcmp(refusal->reason, reason) != 0))
		refusal++;
	return refusal;
}

void
refusal_reply(HttpReply *reply, const char *reason)
{
	const Refusal *refusal = refusal_find(reason);

	if (refusal->retry_after_seconds > 0)
		http_add_header(reply, "Retry-After", "%d", refusal->retry_after_seconds);
	http_reply_error(reply, refusal->status, reason != NULL ? reason : "refused", "%s", refusal->message);
}
