/*
 * conferences.h
 *		Conferences by Twilio's REST API. One is named by the SID of the call that it is for, and has two participants.
 *		https://www.twilio.com/docs/voice/api/conference-participant-resource
 */
#ifndef RELAY_CONFERENCES_H
#define RELAY_CONFERENCES_H

#include <stdbool.h>

#include "twilio/carrier.h"

#define CONFERENCE_CALLER "caller" /* labels of the participants */
#define CONFERENCE_CALLEE "callee"

typedef struct CarrierDial
{
	const char *call_sid; /* the conference's name */
	const char *number;   /* E.164 */
	int limit_seconds;
	int ring_seconds;
	const char *status_url;
} CarrierDial;

/* Dials the number into the conference; the conference ends when that leg does. Never repeated: see carrier_create_call. */
extern CarrierAnswer carrier_dial_in(const Carrier *carrier, const CarrierDial *dial, long long deadline_ms);

/* Mutes or unmutes the caller; CARRIER_NONE when there is no such conference, or the caller is not in it. */
extern CarrierFinding carrier_mute_caller(const Carrier *carrier, const char *call_sid, bool muted,
                                          long long deadline_ms);

/* Has a participant hear what the TwiML at that URL says. */
extern bool carrier_announce(const Carrier *carrier, const char *conference_sid, const char *participant,
                             const char *url, long long deadline_ms);

/* Takes the call out of what it is in and has it go on with that TwiML; true also when it is over. */
extern bool carrier_redirect(const Carrier *carrier, const char *call_sid, const char *twiml,
                             long long deadline_ms);

#endif
