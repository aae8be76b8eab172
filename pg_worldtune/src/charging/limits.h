/*
 * limits.h
 *		The operator's limits against fraud and surprise: worldtune.settings, overridden for a user by
 *		worldtune.user_limits.
 */
#ifndef WORLDTUNE_LIMITS_H
#define WORLDTUNE_LIMITS_H

#include "rating/rate.h"
#include "utils/uuid.h"

typedef struct Limits
{
	/* destination_blocked, too_many_calls or too_many_destinations; NULL when no limit forbids the call */
	const char *reason;
	const char *note; /* which of them blocks the destination, without its value: its caller reads it */
	bool has_spend_left;
	int64 spend_left_micros; /* of the day's limit, holds counted as spent; may be below zero */
} Limits;

/* What the limits say of one more call of that user, who has so many open, at that rate. fresh as in
 * decision_complete. */
extern void limits_read(const pg_uuid_t *user_id, int32 open_calls, const Rate *rate, bool fresh,
                        Limits *limits);

#endif
