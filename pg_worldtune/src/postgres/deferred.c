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

#include "postgres/compat.h"
#include "postgres/deferred.h"

/* A constraint that can be deferred, with the tables that its triggers are on. */
typedef struct Deferrable
{
	RangeVar *name;
	Oid schema;
	Oid table;
	Oid referenced; /* by a foreign key; else invalid */
} Deferrable;

typedef struct OwnedConstraints
{
	Oid owner;
	List *list; /* of Deferrable; few owners have any */
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

/* Whether a table of somebody else's has a constraint of the same name in the same schema. */
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

		shared = other->condeferrable && !belongs_to(other->conrelid, owner);
	}
	systable_endscan(scan);
	return shared;
}

static Deferrable *
make_deferrable(Form_pg_constraint constraint)
{
	Deferrable *deferrable = palloc(sizeof(*deferrable));

	deferrable->name =
	    makeRangeVar(get_namespace_name(constraint->connamespace), pstrdup(NameStr(constraint->conname)), -1);
	deferrable->schema = constraint->connamespace;
	deferrable->table = constraint->conrelid;
	deferrable->referenced = constraint->confrelid;
	return deferrable;
}

static List *
find_constraints(Oid owner)
{
	Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(constraints, InvalidOid, false, NULL, 0, NULL);
	List *found = NIL;
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);

		if (constraint->condeferrable && OidIsValid(constraint->conrelid) &&
		    !is_of_extension(constraint->conrelid) && belongs_to(constraint->conrelid, owner) &&
		    !is_shared(constraints, constraint, owner))
			found = lappend(found, make_deferrable(constraint));
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return found;
}

static List *
keep_constraints(Oid owner)
{
	MemoryContext caller = MemoryContextSwitchTo(memory);
	OwnedConstraints *constraints = palloc(sizeof(*constraints));

	constraints->owner = owner;
	constraints->list = find_constraints(owner);
	known = lappend(known, constraints);
	MemoryContextSwitchTo(caller);
	return constraints->list;
}

static List *
constraints_of(Oid owner)
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
			return constraints->list;
	}
	return keep_constraints(owner);
}

/*
 * What waits already is the caller's: it would fire here with the owner's rights, and between our reading and
 * writing. The schema has to be one that the owner may use, or naming the constraint is an error.
 */
static bool
can_be_set(const Deferrable *deferrable, Oid owner)
{
	return !AfterTriggerPendingOnRel(deferrable->table) &&
	       !(OidIsValid(deferrable->referenced) && AfterTriggerPendingOnRel(deferrable->referenced)) &&
	       may_use_schema(deferrable->schema, owner);
}

void
deferred_set_immediate(Oid owner)
{
	ConstraintsSetStmt *set = NULL;
	ListCell *cell;

	foreach (cell, constraints_of(owner))
	{
		const Deferrable *deferrable = lfirst(cell);

		if (!can_be_set(deferrable, owner))
			continue;
		if (set == NULL)
			set = makeNode(ConstraintsSetStmt);
		set->constraints = lappend(set->constraints, deferrable->name);
	}
	if (set != NULL)
		AfterTriggerSetState(set);
}
