/*
 * call_event.c
 *		From the status of a leg to an event of the call.
 */
#include "call_event.h"

#include <string.h>

CallEvent
call_event_of_caller(const char *call_sid, const char *status)
{
	return (CallEvent){
	    .call_sid = call_sid,
	    .status = status != NULL && strcmp(status, "in-progress") == 0 ? "ringing" : status,
	};
}
