/*
 * call_list.h
 *		All calls of a day, by Twilio's REST API. https://www.twilio.com/docs/voice/api/call-resource
 */
#ifndef RELAY_CALL_LIST_H
#define RELAY_CALL_LIST_H

#include <stdbool.h>

#include "twilio/exchange.h"

/*
 * Adds the legs that began on that day (UTC, "2026-01-31") to the array, as Twilio describes them; false, and why, when not all
 * could be read.
 */
extern bool call_list_read(const Carrier *carrier, const char *day, cJSON *legs, char *fault, size_t size);

/* Adds one leg and those that it dialled, wherever they belong; false when Twilio knows no such call, or does not say. */
extern bool call_list_read_one(const Carrier *carrier, const char *call_sid, cJSON *legs);

#endif
