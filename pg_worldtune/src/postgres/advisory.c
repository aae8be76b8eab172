/*
 * advisory.c
 *		Advisory locks. See advisory.h.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "postgres/advisory.h"

PG_FUNCTION_INFO_V1(worldtune_take_turn);

void
advisory_lock(AdvisoryClass lock_class, const void *key, size_t length)
{
	uint64 hash = DatumGetUInt64(hash_any_extended(key, length, 0));
	LOCKTAG tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, lock_class);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

Datum
worldtune_take_turn(PG_FUNCTION_ARGS)
{
	text *work = PG_GETARG_TEXT_PP(0);

	advisory_lock(ADVISORY_TURN, VARDATA_ANY(work), VARSIZE_ANY_EXHDR(work));
	PG_RETURN_VOID();
}
