/*
 * recordings.h
 *		Recordings by Twilio's REST API. https://www.twilio.com/docs/voice/api/recording
 */
#ifndef RELAY_RECORDINGS_H
#define RELAY_RECORDINGS_H

#include <stdbool.h>

#include "twilio/exchange.h"

/* Whether the recording, its sound included, is not there any more. */
extern bool carrier_delete_recording(const Carrier *carrier, const char *recording_sid,
                                     long long deadline_ms);

/* Calls back with each recording of the call whose price in US dollars Twilio tells. */
extern void carrier_recording_prices(const Carrier *carrier, const char *call_sid, long long deadline_ms,
                                     void (*tell)(void *context, const char *recording_sid,
                                                  const char *price),
                                     void *context);

/* Where its sound is; to be freed. */
extern char *carrier_recording_url(const struct Config *config, const char *recording_sid);

#endif
