/*
 * twiml.h
 *		The documents that tell Twilio what to do with a call. Each is allocated; the caller frees it.
 *		https://www.twilio.com/docs/voice/twiml
 */
#ifndef RELAY_TWIML_H
#define RELAY_TWIML_H

typedef struct TwimlDial
{
	const char *number; /* E.164 */
	const char *caller_id;
	int limit_seconds;
	const char *action_url;
	const char *status_url;
} TwimlDial;

/* Bridges the caller to the number, for at most so long. */
extern char *twiml_dial(const TwimlDial *dial);

/* Says the sentence and hangs up. */
extern char *twiml_say(const char *sentence);

extern char *twiml_hangup(void);

#endif
