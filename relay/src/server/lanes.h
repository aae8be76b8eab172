/*
 * lanes.h
 *		How many requests of a kind are served at once, so that no kind takes all threads.
 */
#ifndef RELAY_LANES_H
#define RELAY_LANES_H

#include <stdbool.h>

#include "database/pool.h"
#include "door/share.h"

typedef enum Lane
{
	LANE_OPS,
	LANE_WEBHOOKS, /* as many as there are threads */
	LANE_CALLERS,  /* signed-in users */
	LANE_TWILIO,   /* signed-in users whose request waits for Twilio */
	LANE_PUBLIC,
	LANES,
} Lane;

extern void lanes_open(int threads);

/* False when the lane is full. */
extern bool lane_enter(Lane lane);
extern void lane_leave(Lane lane);

/* The user's share of a lane, which is no more than a quarter of it; false when the user has that already. */
extern bool lane_share(Lane lane, const char *user_id, Share *share);

/* The lane of the database's connections that goes with it. */
extern DbLane lane_of_database(Lane lane);

#endif
