/*
 * planned.c
 *		What PostgreSQL's planner evaluates of a table. See planned.h.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_index.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "postgres/owner.h"
#include "postgres/planned.h"

/* What an expression calls beside built-in functions. */
typedef struct Calls
{
	Oid any;            /* InvalidOid: nothing */
	Oid with_constants; /* called without a column */
	Oid inlined;        /* written in SQL */
} Calls;

static bool
note_call(Oid function, void *context)
{
	Calls *calls = context;
	Oid language = InvalidOid;
	HeapTuple tuple;

	if (function < FirstNormalObjectId)
		return false;
	calls->any = function;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (HeapTupleIsValid(tuple))
	{
		language = ((Form_pg_proc) GETSTRUCT(tuple))->prolang;
		ReleaseSysCache(tuple);
	}
	if (language == SQLlanguageId)
		calls->inlined = function;
	return true;
}

static bool
note_calls(Node *node, void *context)
{
	Calls *calls = context;

	if (node == NULL)
		return false;
	if (check_functions_in_node(node, note_call, calls) && !contain_var_clause(node))
		calls->with_constants = calls->any;
	return expression_tree_walker(node, note_calls, context);
}

static Calls
calls_of(HeapTuple tuple, int cache, AttrNumber number)
{
	Calls calls = {0};
	bool isnull;
	Datum expression = SysCacheGetAttr(cache, tuple, number, &isnull);

	if (!isnull)
		note_calls(stringToNode(TextDatumGetCString(expression)), &calls);
	return calls;
}

static void
refuse(Relation relation, Oid function, const char *kind, const char *name)
{
	if (OidIsValid(function))
		ereport(
		    ERROR,
		    (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		     errmsg(
		         "%s \"%s\" of table \"%s\" calls function \"%s\", which PostgreSQL would run while it plans",
		         kind, name, RelationGetRelationName(relation), get_func_name(function)),
		     errdetail("It would run with the rights of pg_worldtune."),
		     errhint("Write the function's answer in its place, or drop the %s.", kind)));
}

static bool
check_index(Relation relation, Oid index)
{
	static const AttrNumber attributes[] = {Anum_pg_index_indexprs, Anum_pg_index_indpred};
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool calls_any = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	for (size_t i = 0; i < lengthof(attributes); i++)
	{
		Calls calls = calls_of(tuple, INDEXRELID, attributes[i]);

		refuse(relation, calls.with_constants, "index", get_rel_name(index));
		calls_any |= OidIsValid(calls.any);
	}
	ReleaseSysCache(tuple);
	return calls_any;
}

static void
check_statistics(Relation relation pg_attribute_unused(), Oid statistics pg_attribute_unused())
{
#if PG_VERSION_NUM >= 140000
	HeapTuple tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(statistics));
	Calls calls;

	if (!HeapTupleIsValid(tuple))
		return;
	calls = calls_of(tuple, STATEXTOID, Anum_pg_statistic_ext_stxexprs);
	refuse(relation, OidIsValid(calls.with_constants) ? calls.with_constants : calls.inlined,
	       "statistics object", NameStr(((Form_pg_statistic_ext) GETSTRUCT(tuple))->stxname));
	ReleaseSysCache(tuple);
#endif
}

/* They are looked at by the planner only if that is on; DATABASE and ROLE may set it. */
static void
check_constraints(Relation relation)
{
	TupleConstr *constraints = RelationGetDescr(relation)->constr;

	for (int i = 0; constraints != NULL && i < constraints->num_check; i++)
	{
		Calls calls = {0};

		note_calls(stringToNode(constraints->check[i].ccbin), &calls);
		refuse(relation, OidIsValid(calls.with_constants) ? calls.with_constants : calls.inlined,
		       "constraint", constraints->check[i].ccname);
	}
}

bool
planned_check(Relation relation)
{
	bool calls_any = false;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
		calls_any |= check_index(relation, lfirst_oid(cell));
	foreach (cell, RelationGetStatExtList(relation))
		check_statistics(relation, lfirst_oid(cell));
	if (constraint_exclusion == CONSTRAINT_EXCLUSION_ON)
		check_constraints(relation);
	return calls_any;
}

/* Of a predicate that comes out as true nothing is kept: it would be folded again, by whoever plans. */
static void
refuse_true(Relation relation, Relation index)
{
	ereport(
	    ERROR,
	    (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
	     errmsg("the predicate of index \"%s\" of table \"%s\" is true for every row",
	            RelationGetRelationName(index), RelationGetRelationName(relation)),
	     errdetail(
	         "It calls a function, which PostgreSQL would run while it plans, with the rights of pg_worldtune."),
	     errhint("Create the index without a predicate.")));
}

/* The locks stay: taking one later would let PostgreSQL hear of changes, and forget. */
void
planned_fold(Relation relation)
{
	OwnerScope owner;
	ListCell *cell;

	owner_enter(&owner, relation);
	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		RelationGetIndexExpressions(index);
		if (RelationGetIndexPredicate(index) == NIL &&
		    !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
			refuse_true(relation, index);
		index_close(index, NoLock);
	}
	owner_leave(&owner);
}
