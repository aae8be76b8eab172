/*
 * call_state.h
 *		The state of a call in Twilio's words, and what an event does to it. Pure C.
 *
 * The state of a call is the highest-ranked status that was ever reported of it, so that it does not depend
 * on the order in which events arrive, nor on repeats.
 * https://www.twilio.com/docs/voice/api/call-resource#call-status-values
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
	bool reconciled;      /* the carrier's own account has been taken; callbacks no longer correct the bill */
	int duration_seconds; /* what was billed */
} CallState;

typedef struct CallEvent
{
	CallStatus status;
	bool of_dialled_leg;
	bool has_duration;
	int duration_seconds;
	bool reported_before; /* some event told this duration already */
	bool from_account;    /* the carrier's own account of the call, not a callback: it has the last word */
} CallEvent;

/* Two sources may count a second differently; beyond that the bill is corrected. */
#define CALL_DURATION_TOLERANCE 1

typedef enum CallStep
{
	CALL_KEEP,    /* nothing new */
	CALL_ADVANCE, /* still open (or already closed): only the status moves */
	CALL_CLOSE,   /* over without an answer: the hold goes, nothing is billed */
	CALL_BILL,    /* over after an answer: bill the duration, the hold goes */
	CALL_CORRECT, /* billed, but another duration is now known: book the difference */
} CallStep;

/*
 * What status an event means. `completed` without a duration tells of an end without the seconds talked: of
 * the dialled leg, or of a call that was answered, that they are still to come; of the caller's leg before
 * anybody answered, that the caller gave up.
 */
extern CallStatus call_event_status(CallState state, CallEvent event);

/*
 * What an event does, its status being what call_event_status says. A call is billed by `completed` with a
 * duration above zero, once; one that was closed unanswered is still billed when its seconds turn up late,
 * unless the carrier's own account said so. A
 * later source with another duration corrects the bill; each duration is heeded once, so that a repeat cannot
 * turn it back.
 */
extern CallStep call_state_step(CallState state, CallEvent event);

#endif
