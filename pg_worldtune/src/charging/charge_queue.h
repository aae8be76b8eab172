/*
 * charge_queue.h
 *		The calls that are over and of which the carrier has not told what it charges: it takes minutes, or
 *		hours.
 */
#ifndef WORLDTUNE_CHARGE_QUEUE_H
#define WORLDTUNE_CHARGE_QUEUE_H

#include "utils/uuid.h"

/* Takes the call out when the charges of both legs are known. */
extern void charge_queue_check(const pg_uuid_t *call_id);

#endif
