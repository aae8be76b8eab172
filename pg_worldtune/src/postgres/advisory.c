/*
 * advisory.c
 *		Advisory locks. See advisory.h.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "postgres/advisory.h"

void
advisory_lock(AdvisoryClass lock_class, const void *key, size_t length)
{
	uint64 hash = DatumGetUInt64(hash_any_extended(key, length, 0));
	LOCKTAG tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, lock_class);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}
