/*
 * deferred.c
 *		Deferrable constraints of the owner whose code is about to run. See deferred.h.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "commands/trigger.h"
#include "nodes/makefuncs.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "postgres/deferred.h"

/* An owner's constraints that can be deferred, by name; few have any. */
typedef struct OwnedConstraints
{
	Oid owner;
	List *names;
} OwnedConstraints;

/* Of each owner that was asked for: one call writes rows of several. */
static List *known = NIL;
static bool is_known = false;
static MemoryContext memory = NULL;

/* A constraint that comes, goes or gets another name changes its relation. */
static void
forget_relation(Datum argument pg_attribute_unused(), Oid relid pg_attribute_unused())
{
	is_known = false;
}

static void
forget_schema(Datum argument pg_attribute_unused(), int cache pg_attribute_unused(),
              uint32 hash pg_attribute_unused())
{
	is_known = false;
}

/* Of another session's temporary table nothing can be waiting here. */
static bool
belongs_to(Oid relid, Oid owner)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool belongs;

	if (!HeapTupleIsValid(tuple))
		return false;
	belongs = ((Form_pg_class) GETSTRUCT(tuple))->relowner == owner &&
	          !isOtherTempNamespace(((Form_pg_class) GETSTRUCT(tuple))->relnamespace);
	ReleaseSysCache(tuple);
	return belongs;
}

/* Naming a constraint costs as much as a row: those of the extension's own tables are not the application's. */
static bool
is_of_extension(Oid relid)
{
	Oid schema = get_rel_namespace(relid);

	return schema == get_namespace_oid("worldtune", true) ||
	       schema == get_namespace_oid("worldtune_internal", true);
}

/* Whether somebody else's trigger has the same name in the same schema: it would fire as this owner. */
static bool
is_shared(Relation constraints, Form_pg_constraint constraint, Oid owner)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	bool shared = false;

	ScanKeyInit(&keys[0], Anum_pg_constraint_conname, BTEqualStrategyNumber, F_NAMEEQ,
	            NameGetDatum(&constraint->conname));
	ScanKeyInit(&keys[1], Anum_pg_constraint_connamespace, BTEqualStrategyNumber, F_OIDEQ,
	            ObjectIdGetDatum(constraint->connamespace));
	scan = systable_beginscan(constraints, ConstraintNameNspIndexId, true, NULL, 2, keys);
	while (!shared && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint other = (Form_pg_constraint) GETSTRUCT(tuple);

		shared = other->contype == CONSTRAINT_TRIGGER && !belongs_to(other->conrelid, owner);
	}
	systable_endscan(scan);
	return shared;
}

static bool
concerns(Form_pg_constraint constraint, Oid owner)
{
	if (!constraint->condeferrable || !OidIsValid(constraint->conrelid) ||
	    is_of_extension(constraint->conrelid))
		return false;
	return belongs_to(constraint->conrelid, owner) ||
	       (constraint->contype == CONSTRAINT_FOREIGN && belongs_to(constraint->confrelid, owner));
}

static List *
find_names(Oid owner)
{
	Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(constraints, InvalidOid, false, NULL, 0, NULL);
	List *names = NIL;
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);

		if (concerns(constraint, owner) && !is_shared(constraints, constraint, owner))
			names = lappend(names, makeRangeVar(get_namespace_name(constraint->connamespace),
			                                    pstrdup(NameStr(constraint->conname)), -1));
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return names;
}

static List *
keep_names(Oid owner)
{
	MemoryContext caller = MemoryContextSwitchTo(memory);
	OwnedConstraints *constraints = palloc(sizeof(*constraints));

	constraints->owner = owner;
	constraints->names = find_names(owner);
	known = lappend(known, constraints);
	MemoryContextSwitchTo(caller);
	return constraints->names;
}

static List *
names_of(Oid owner)
{
	ListCell *cell;

	if (memory == NULL)
	{
		memory = AllocSetContextCreate(CacheMemoryContext, "pg_worldtune deferrable constraints",
		                               ALLOCSET_SMALL_SIZES);
		CacheRegisterRelcacheCallback(forget_relation, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACEOID, forget_schema, (Datum) 0);
	}
	if (!is_known)
	{
		MemoryContextReset(memory);
		known = NIL;
		is_known = true;
	}
	foreach (cell, known)
	{
		const OwnedConstraints *constraints = lfirst(cell);

		if (constraints->owner == owner)
			return constraints->names;
	}
	return keep_names(owner);
}

void
deferred_set_immediate(Oid owner)
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
