/*
 * carrier.h
 *		Calls by Twilio's REST API: ring, hang up, ask how a call went.
 *		https://www.twilio.com/docs/voice/api/call-resource
 */
#ifndef RELAY_CARRIER_H
#define RELAY_CARRIER_H

#include "base/sid.h"
#include "twilio/exchange.h"

#define CARRIER_STATUS_SIZE 16

typedef enum CarrierOutcome
{
	CARRIER_DONE,
	CARRIER_REFUSED, /* certainly not done: refused, or never reached */
	CARRIER_UNKNOWN, /* no usable answer: it may have been done */
} CarrierOutcome;

typedef struct CarrierCall
{
	const char *to;
	const char *twiml_url;
	const char *status_url;
} CarrierCall;

typedef struct CarrierAnswer
{
	CarrierOutcome outcome;
	int http_status; /* 0 when there was no answer */
	int error_code;  /* Twilio's, 0 for none */
	char message[256];
	char call_sid[SID_SIZE];
	char call_status[CARRIER_STATUS_SIZE]; /* of the caller's leg; empty when Twilio does not say */
} CarrierAnswer;

typedef enum CarrierFinding
{
	CARRIER_FOUND,
	CARRIER_NONE,      /* Twilio says that there is no such call */
	CARRIER_NOT_KNOWN, /* no usable answer */
} CarrierFinding;

/* Twilio's account of a leg; empty texts are what it does not say. */
typedef struct CarrierLeg
{
	char call_sid[SID_SIZE];
	char status[CARRIER_STATUS_SIZE];
	char duration_seconds[16];
	char price[32]; /* US dollars, below zero; empty until Twilio tells it */
} CarrierLeg;

/* Has Twilio call the client, from the configured number. */
extern CarrierAnswer carrier_create_call(const Carrier *carrier, const CarrierCall *call,
                                         long long deadline_ms);

/* Ends the call in whatever state it is; one that is over already is done, too. */
extern CarrierAnswer carrier_end_call(const Carrier *carrier, const char *call_sid, long long deadline_ms);

/* How the call (its caller's leg) is or went. */
extern CarrierFinding carrier_read_call(const Carrier *carrier, const char *call_sid, CarrierLeg *leg,
                                        long long deadline_ms);

/* The same of the leg that the call dialled: the one with that SID, or when that is NULL the call's latest. */
extern CarrierFinding carrier_read_dialed_leg(const Carrier *carrier, const char *call_sid,
                                              const char *dial_call_sid, CarrierLeg *leg,
                                              long long deadline_ms);

#endif
