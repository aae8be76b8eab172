/*
 * twiml.h
 *		The documents that tell Twilio what to do with a call. Each is allocated; the caller frees it.
 *		https://www.twilio.com/docs/voice/twiml
 */
#ifndef RELAY_TWIML_H
#define RELAY_TWIML_H

struct Sentences;

/* What is NULL is left out. */
typedef struct TwimlDial
{
	const char *number; /* E.164 */
	const char *caller_id;
	int limit_seconds;
	int ring_seconds;
	const char *action_url;
	const char *status_url;
	const char *announcement_url;  /* what the callee hears before the caller */
	const char *recording_url;     /* the call is recorded, and this is told of it */
	const char *transcription_url; /* the call is written down, and this is told what was said */
} TwimlDial;

/* Bridges the caller, who is greeted if there is a greeting, to the number. */
extern char *twiml_dial(const struct Sentences *sentences, const TwimlDial *dial);

/* What is NULL is left out. */
typedef struct TwimlConference
{
	const char *name;
	const char *label; /* of who enters */
	int limit_seconds; /* to be in it */
	const char *action_url;
	const char *events_url;        /* is told what happens in it */
	const char *recording_url;     /* it is recorded, and this is told of it */
	const char *transcription_url; /* as above */
} TwimlConference;

/* The caller, who is greeted if there is a greeting, enters a conference for two. */
extern char *twiml_conference(const struct Sentences *sentences, const TwimlConference *conference);

/* Says the sentence of that key and hangs up. */
extern char *twiml_refuse(const struct Sentences *sentences, const char *key);

/* Says the sentence of that key, and the call goes on. */
extern char *twiml_say(const struct Sentences *sentences, const char *key);

extern char *twiml_hangup(void);

#endif
