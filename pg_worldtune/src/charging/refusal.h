/*
 * refusal.h
 *		How many rows refused calls may make: asking costs nothing, so nobody may fill the disk by it.
 */
#ifndef WORLDTUNE_REFUSAL_H
#define WORLDTUNE_REFUSAL_H

#include "charging/call.h"

/*
 * Counts the refusal on an earlier row of the user's last hour, where there is one that says the same (same
 * number, same reason) and the request has neither SID nor key to be found by again, or where the hour has
 * enough rows. False: it gets a row of its own. The user's row is locked.
 */
extern bool refusal_is_counted(const NewCall *new, const Decision *decision, Call *call);

/*
 * Locks a row that stands for a refused call of the user with a SID that no row has: the newest refusal, where the
 * user had so many lately that some were only counted. False, and nothing is locked, where there were not so many,
 * or where the SID may be that of an open call which has not been told it.
 */
extern bool refusal_lock_counted(const pg_uuid_t *user_id, Call *call);

#endif
