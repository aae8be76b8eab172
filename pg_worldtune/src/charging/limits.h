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
	const char *reason; /* destination_blocked or too_many_calls, NULL when no limit forbids the call */
	bool has_spend_left;
	int64 spend_left_micros; /* of the day's limit, holds counted as spent; may be below zero */
} Limits;

/* What the limits say of one more call of that user at that rate. fresh as in decision_complete. */
extern void limits_read(const pg_uuid_t *user_id, const Rate *rate, bool fresh, Limits *limits);

#endif
