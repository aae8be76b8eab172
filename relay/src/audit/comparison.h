/*
 * comparison.h
 *		Twilio's calls of a day and ours.
 */
#ifndef RELAY_COMPARISON_H
#define RELAY_COMPARISON_H

#include <libpq-fe.h>

#include "twilio/exchange.h"

/*
 * Where they differ, one row each, to be cleared: finding, call_sid, status, carrier_status, duration_seconds, carrier_seconds,
 * charged, cost, call_id, user_id. NULL after having said why it could not be found out.
 */
extern PGresult *comparison_run(const Carrier *carrier, const char *day);

#endif
