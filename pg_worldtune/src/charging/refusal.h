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

#endif
