/*
 * uuid7.h
 *		UUIDs that begin with the time (RFC 9562, version 7).
 */
#ifndef WORLDTUNE_UUID7_H
#define WORLDTUNE_UUID7_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

/*
 * A new one: 48 bits of milliseconds since 1970, 12 bits of the fraction of one, 62 random bits. What is
 * inserted now stands beside what was inserted a moment ago, in the last page of an index, however long the
 * table is; random UUIDs touch pages all over it.
 */
extern pg_uuid_t uuid7_new(void);

/* The least id that can be made at that time, or after. */
extern pg_uuid_t uuid7_floor(TimestampTz moment);

/* When such an id was made, to the end of its millisecond. */
extern TimestampTz uuid7_time(const pg_uuid_t *uuid);

#endif
