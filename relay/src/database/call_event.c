/*
 * call_event.c
 *		From the status of a leg to an event of the call.
 */
#include "database/call_event.h"

#include <string.h>

bool
call_event_is_over(const char *status)
{
	static const char *const open[] = {"queued", "initiated", "ringing", "in-progress"};

	for (size_t i = 0; status != NULL && i < sizeof(open) / sizeof(open[0]); i++)
		if (strcmp(open[i], status) == 0)
			return false;
	return status != NULL;
}

CallEvent
call_event_of_caller(const char *call_sid, const char *status)
{
	return (CallEvent){
	    .call_sid = call_sid,
	    .status = status != NULL && strcmp(status, "in-progress") == 0 ? "ringing" : status,
	};
}
