/*
 * call_event.h
 *		What the status of a leg, as Twilio has it, says of the call.
 */
#ifndef RELAY_CALL_EVENT_H
#define RELAY_CALL_EVENT_H

#include <stdbool.h>

#include "database/service.h"

/* Whether a leg of that status is over; one whose status is not known is not. */
extern bool call_event_is_over(const char *status);

/*
 * The caller's leg, which is the call itself. It lasts longer than the talk, so its duration is never billed;
 * and that the user's client picked up means that the far end may ring, not that it answered.
 */
extern CallEvent call_event_of_caller(const char *call_sid, const char *status);

#endif
