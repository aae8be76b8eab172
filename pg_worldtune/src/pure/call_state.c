/*
 * call_state.c
 *		The state of a call. See call_state.h.
 */
#include "pure/call_state.h"

#include <string.h>

static const char *const status_text[] = {
    [CALL_QUEUED] = "queued",           [CALL_INITIATED] = "initiated", [CALL_RINGING] = "ringing",
    [CALL_IN_PROGRESS] = "in-progress", [CALL_CANCELED] = "canceled",   [CALL_FAILED] = "failed",
    [CALL_NO_ANSWER] = "no-answer",     [CALL_BUSY] = "busy",           [CALL_COMPLETED] = "completed",
    [CALL_REJECTED] = "rejected",
};

bool
call_status_from_text(const char *text, CallStatus *status)
{
	for (CallStatus s = CALL_QUEUED; s <= CALL_REJECTED; s++)
		if (strcmp(text, status_text[s]) == 0)
		{
			*status = s;
			return true;
		}
	return false;
}

bool
call_status_from_twilio(const char *text, CallStatus *status)
{
	return call_status_from_text(text, status) && *status != CALL_REJECTED;
}

const char *
call_status_to_text(CallStatus status)
{
	return status_text[status];
}

bool
call_status_is_final(CallStatus status)
{
	return status >= CALL_CANCELED;
}

CallStatus
call_event_status(CallState state, CallEvent event)
{
	if (event.status != CALL_COMPLETED || event.has_duration)
		return event.status;
	if (event.of_dialled_leg || (state.status >= CALL_IN_PROGRESS && !call_status_is_final(state.status)))
		return CALL_IN_PROGRESS;
	return CALL_CANCELED;
}

/* Whether an event says that a billed call lasted otherwise than billed. */
static bool
corrects(CallState state, CallEvent event)
{
	int difference = event.duration_seconds - state.duration_seconds;
	bool talked = event.duration_seconds > 0;

	if (difference >= -CALL_DURATION_TOLERANCE && difference <= CALL_DURATION_TOLERANCE &&
	    talked == (state.duration_seconds > 0))
		return false;
	if (event.from_account)
		return call_status_is_final(event.status) && event.has_duration;
	return event.status == CALL_COMPLETED && talked && !event.reported_before && !state.reconciled;
}

CallStep
call_state_step(CallState state, CallEvent event)
{
	bool completed = event.status == CALL_COMPLETED;

	if (state.status == CALL_REJECTED)
		return CALL_KEEP;
	if (state.billed)
		return corrects(state, event) ? CALL_CORRECT : CALL_KEEP;
	if (state.reconciled && !event.from_account)
		return CALL_KEEP;
	if (completed && event.duration_seconds > 0)
		return CALL_BILL;
	if (event.status <= state.status)
		return CALL_KEEP;
	if (call_status_is_final(event.status) && !call_status_is_final(state.status))
		return CALL_CLOSE;
	return CALL_ADVANCE;
}
