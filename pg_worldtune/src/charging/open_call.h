/*
 * open_call.h
 *		worldtune.open_calls: which calls have not ended.
 */
#ifndef WORLDTUNE_OPEN_CALL_H
#define WORLDTUNE_OPEN_CALL_H

#include "utils/uuid.h"

extern void open_call_add(const pg_uuid_t *call_id);
extern void open_call_remove(const pg_uuid_t *call_id);

#endif
