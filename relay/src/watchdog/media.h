/*
 * media.h
 *		Recordings and transcripts: moved where the operator wants them, and deleted when their time is over.
 */
#ifndef RELAY_WATCHDOG_MEDIA_H
#define RELAY_WATCHDOG_MEDIA_H

#include "database/db.h"
#include "twilio/exchange.h"

/* One turn. What is not begun by the deadline of the database's work is left for the next. */
extern void media_look_after(const Db *db, const Carrier *carrier);

/* Books what Twilio charges for the recordings of that user's call, as far as it tells. */
extern void media_ask_for_prices(const Db *db, const Carrier *carrier, const char *user_id,
                                 const char *call_sid);

#endif
