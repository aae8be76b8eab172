/*
 * deferred.c
 *		Deferred triggers of the owner whose code is running. See deferred.h.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "nodes/makefuncs.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "postgres/deferred.h"

/* The triggers of the owner that was asked for last, by their constraints' names; few databases have any. */
static Oid known_owner = InvalidOid;
static List *known_names = NIL;
static MemoryContext memory = NULL;

/* A trigger that comes or goes changes its relation. */
static void
forget(Datum argument pg_attribute_unused(), Oid relid pg_attribute_unused())
{
	known_owner = InvalidOid;
}

static bool
belongs_to(Oid relid, Oid owner, Oid *schema)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool belongs;

	if (!HeapTupleIsValid(tuple))
		return false;
	belongs = ((Form_pg_class) GETSTRUCT(tuple))->relowner == owner;
	*schema = ((Form_pg_class) GETSTRUCT(tuple))->relnamespace;
	ReleaseSysCache(tuple);
	return belongs;
}

static List *
find_names(Oid owner)
{
	Relation triggers = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(triggers, InvalidOid, false, NULL, 0, NULL);
	List *names = NIL;
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		Oid schema;

		if (trigger->tgdeferrable && !trigger->tgisinternal && belongs_to(trigger->tgrelid, owner, &schema))
			names = lappend(names,
			                makeRangeVar(get_namespace_name(schema), pstrdup(NameStr(trigger->tgname)), -1));
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return names;
}

static List *
names_of(Oid owner)
{
	MemoryContext caller;

	if (memory == NULL)
	{
		memory =
		    AllocSetContextCreate(CacheMemoryContext, "pg_worldtune deferred triggers", ALLOCSET_SMALL_SIZES);
		CacheRegisterRelcacheCallback(forget, (Datum) 0);
	}
	if (known_owner == owner)
		return known_names;
	MemoryContextReset(memory);
	known_names = NIL;
	known_owner = owner;
	caller = MemoryContextSwitchTo(memory);
	known_names = find_names(owner);
	MemoryContextSwitchTo(caller);
	return known_names;
}

void
deferred_fire(Oid owner)
{
	ConstraintsSetStmt *set;
	List *names = names_of(owner);

	if (names == NIL)
		return;
	set = makeNode(ConstraintsSetStmt);
	/* What fires may make triggers, and so forget the list. */
	set->constraints = copyObject(names);
	AfterTriggerSetState(set);
}
