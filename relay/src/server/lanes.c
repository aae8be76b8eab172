/*
 * lanes.c
 *		Counting requests.
 */
#include "server/lanes.h"

#include <limits.h>
#include <stdatomic.h>

#define SHARE_MIN 4 /* a page asks for several things at once */

static atomic_int busy[LANES];
static int most[LANES];

void
lanes_open(int threads)
{
	most[LANE_OPS] = INT_MAX;
	most[LANE_WEBHOOKS] = threads;
	most[LANE_CALLERS] = (threads + 3) / 4;
	most[LANE_TWILIO] = (threads + 3) / 4;
	most[LANE_PUBLIC] = (threads + 3) / 4;
}

bool
lane_enter(Lane lane)
{
	if (atomic_fetch_add(&busy[lane], 1) < most[lane])
		return true;
	lane_leave(lane);
	return false;
}

void
lane_leave(Lane lane)
{
	atomic_fetch_sub(&busy[lane], 1);
}

bool
lane_share(Lane lane, const char *user_id, Share *share)
{
	int quarter = most[lane] / 4;

	return share_take(share, &busy[lane], user_id, quarter > SHARE_MIN ? quarter : SHARE_MIN);
}

DbLane
lane_of_database(Lane lane)
{
	switch (lane)
	{
		case LANE_CALLERS:
		case LANE_TWILIO:
			return DB_CALLERS;
		case LANE_PUBLIC:
			return DB_PUBLIC;
		default:
			return DB_WEBHOOKS;
	}
}
