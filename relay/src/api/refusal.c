/*
 * refusal.c
 *		The table of refusals.
 */
#include "api/refusal.h"

#include <string.h>

static const Refusal refusals[] = {
    {"insufficient_credit", 402, 0,
     "not enough credit for the shortest call to this number; add credit and try again",
     "You do not have enough credit for this call. Please add credit and try again."},
    {"destination_blocked", 403, 0, "calls to this destination are not allowed",
     "We are sorry, calls to this destination are not allowed."},
    {"suspended", 403, 0, "this account is suspended; ask support why",
     "We are sorry, your account is suspended. Please contact support."},
    {"unknown_user", 403, 0, "this user has no account here",
     "We could not find your account. Please sign in again."},
    {"no_rate", 422, 0, "calls to this number are not offered",
     "We are sorry, we do not offer calls to this number."},
    {"too_many_calls", 429, 30, "too many calls in progress; end one and try again",
     "You have too many calls in progress. Please end one and try again."},
    {"too_many_destinations", 429, 3600,
     "too many different expensive destinations within the hour; try again later",
     "You have called many expensive destinations within the last hour. Please try again later."},
    {"spend_limit", 429, 3600, "the spending limit is reached; try again later",
     "You have reached your spending limit. Please try again later."},
    {NULL, 403, 0, "this call is not possible", "We are sorry, this call is not possible."},
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
