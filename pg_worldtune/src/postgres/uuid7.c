/*
 * uuid7.c
 *		UUIDs that begin with the time. See uuid7.h.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/timestamp.h"

#include "postgres/uuid7.h"

#define UNIX_EPOCH_IN_POSTGRES (INT64CONST(-1) * (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)
#define TIME_BYTES 6
#define FRACTION_BITS 12
#define RANDOM_AT (UUID_LEN - sizeof(uint64))

/* Taken in bulk: each request costs as much as an index entry. */
static uint64
random_bits(void)
{
	static uint64 bits[64];
	static size_t left = 0;

	if (left == 0)
	{
		if (!pg_strong_random(bits, sizeof(bits)))
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
		left = lengthof(bits);
	}
	return bits[--left];
}

static void
set_time(pg_uuid_t *uuid, uint64 milliseconds)
{
	for (int i = 0; i < TIME_BYTES; i++)
		uuid->data[i] = milliseconds >> (8 * (TIME_BYTES - 1 - i));
}

pg_uuid_t
uuid7_new(void)
{
	uint64 microseconds = GetCurrentTimestamp() - UNIX_EPOCH_IN_POSTGRES;
	uint64 fraction = ((microseconds % 1000) << FRACTION_BITS) / 1000;
	uint64 random = random_bits();
	pg_uuid_t uuid;

	memcpy(uuid.data + RANDOM_AT, &random, sizeof(random));
	set_time(&uuid, microseconds / 1000);
	uuid.data[6] = 0x70 | (fraction >> 8);
	uuid.data[7] = fraction;
	uuid.data[8] = 0x80 | (uuid.data[8] & 0x3f);
	return uuid;
}

pg_uuid_t
uuid7_floor(TimestampTz moment)
{
	pg_uuid_t uuid = {{0}};

	set_time(&uuid, (moment - UNIX_EPOCH_IN_POSTGRES) / 1000);
	return uuid;
}

TimestampTz
uuid7_time(const pg_uuid_t *uuid)
{
	int64 milliseconds = 0;

	for (int i = 0; i < TIME_BYTES; i++)
		milliseconds = milliseconds << 8 | uuid->data[i];
	return (milliseconds + 1) * 1000 + UNIX_EPOCH_IN_POSTGRES;
}
