/*
 * call_state.h
 *		The state of a call in Twilio's words, and what an event does to it. Pure C.
 *
 * The state of a call is the highest-ranked status that was ever reported of it, so that it does not depend
 *on the order in which events arrive, nor on repeats.
 *https://www.twilio.com/docs/voice/api/call-resource#call-status-values
 */
#ifndef WORLDTUNE_CALL_STATE_H
#define WORLDTUNE_CALL_STATE_H

#include <stdbool.h>

/* In order of rank. Of two contradicting final statuses the one that says more about the far end wins; an
 * answer beats all. */
typedef enum CallStatus
{
	CALL_QUEUED,
	CALL_INITIATED,
	CALL_RINGING,
	CALL_IN_PROGRESS,
	CALL_CANCELED,
	CALL_FAILED,
	CALL_NO_ANSWER,
	CALL_BUSY,
	CALL_COMPLETED,
	CALL_REJECTED, /* ours: refused before it began; no event changes it */
} CallStatus;

/* False when the text is none of Twilio's words; "rejected" is none of them. */
extern bool call_status_from_twilio(const char *text, CallStatus *status);

/* Any stored status, "rejected" included. */
extern bool call_status_from_text(const char *text, CallStatus *status);

extern const char *call_status_to_text(CallStatus status);

extern bool call_status_is_final(CallStatus status);

/* What is known of a call when an event arrives. */
typedef struct CallState
{
	CallStatus status;
	bool billed;
} CallState;

typedef struct CallEvent
{
	CallStatus status;
	bool has_duration;
	int duration_seconds;
} CallEvent;

typedef enum CallStep
{
	CALL_KEEP,    /* nothing new */
	CALL_ADVANCE, /* still open (or already closed): only the status moves */
	CALL_CLOSE,   /* over without an answer: the hold goes, nothing is billed */
	CALL_BILL,    /* over after an answer: bill the duration, the hold goes */
} CallStep;

/*
 * A call is billed by `completed` with a duration above zero, once. `completed` without a duration settles
 * nothing: the seconds are still to come, and until then the hold stays. A call that was closed unanswered is
 * still billed when its seconds turn up late.
 */
extern CallStep call_state_step(CallState state, CallEvent event);

#endif
