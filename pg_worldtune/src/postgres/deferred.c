/*
 * deferred.c
 *		Deferred triggers of the owner whose code is running. See deferred.h.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
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

/* An owner's triggers, by their constraints' names; few have any. */
typedef struct OwnedTriggers
{
	Oid owner;
	List *names;
} OwnedTriggers;

/* Of each owner that was asked for: one call writes rows of several. */
static List *known = NIL;
static bool is_known = false;
static MemoryContext memory = NULL;

/* A trigger that comes or goes changes its relation. */
static void
forget(Datum argument pg_attribute_unused(), Oid relid pg_attribute_unused())
{
	is_known = false;
}

static bool
belongs_to(Oid relid, Oid owner, Oid *schema)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool belongs;

	if (!HeapTupleIsValid(tuple))
		return false;
	/* Of another session's temporary table nothing can be waiting here. */
	belongs = ((Form_pg_class) GETSTRUCT(tuple))->relowner == owner &&
	          !isOtherTempNamespace(((Form_pg_class) GETSTRUCT(tuple))->relnamespace);
	*schema = ((Form_pg_class) GETSTRUCT(tuple))->relnamespace;
	ReleaseSysCache(tuple);
	return belongs;
}

/* Naming a trigger costs as much as a row: the extension's own, which are no code of the owner's, can wait. */
static bool
is_of_extension(Oid function)
{
	return get_func_namespace(function) == get_namespace_oid("worldtune_internal", true);
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

		if (trigger->tgdeferrable && !trigger->tgisinternal && !is_of_extension(trigger->tgfoid) &&
		    belongs_to(trigger->tgrelid, owner, &schema))
			names = lappend(names,
			                makeRangeVar(get_namespace_name(schema), pstrdup(NameStr(trigger->tgname)), -1));
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return names;
}

static List *
keep_names(Oid owner)
{
	MemoryContext caller = MemoryContextSwitchTo(memory);
	OwnedTriggers *triggers = palloc(sizeof(*triggers));

	triggers->owner = owner;
	triggers->names = find_names(owner);
	known = lappend(known, triggers);
	MemoryContextSwitchTo(caller);
	return triggers->names;
}

static List *
names_of(Oid owner)
{
	ListCell *cell;

	if (memory == NULL)
	{
		memory =
		    AllocSetContextCreate(CacheMemoryContext, "pg_worldtune deferred triggers", ALLOCSET_SMALL_SIZES);
		CacheRegisterRelcacheCallback(forget, (Datum) 0);
	}
	if (!is_known)
	{
		MemoryContextReset(memory);
		known = NIL;
		is_known = true;
	}
	foreach (cell, known)
	{
		const OwnedTriggers *triggers = lfirst(cell);

		if (triggers->owner == owner)
			return triggers->names;
	}
	return keep_names(owner);
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
