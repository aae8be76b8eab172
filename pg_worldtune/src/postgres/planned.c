/*
 * planned.c
 *		Planning as the tables' owner. See planned.h.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "postgres/compat.h"
#include "postgres/owner.h"
#include "postgres/planned.h"

/* What a query touches that is neither PostgreSQL's nor ours. */
typedef struct Foreign
{
	Oid table; /* InvalidOid: none, as everywhere here */
	Oid owner; /* of all of its tables, or who may do nothing when they are of several */
	Oid function;
	Oid domain;
} Foreign;

static planner_hook_type next_planner = NULL;

static bool
is_ours(Oid schema)
{
	return schema == get_namespace_oid("worldtune", true) ||
	       schema == get_namespace_oid("worldtune_internal", true);
}

static void
note_table(Foreign *foreign, Oid relid)
{
	HeapTuple tuple = relid < FirstNormalObjectId ? NULL : SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;

	if (!HeapTupleIsValid(tuple))
		return;
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (!is_ours(form->relnamespace))
	{
		if (!OidIsValid(foreign->table))
		{
			foreign->table = relid;
			foreign->owner = form->relowner;
		}
		else if (form->relowner != foreign->owner)
			foreign->owner = ROLE_PG_READ_ALL_SETTINGS;
	}
	ReleaseSysCache(tuple);
}

static bool
note_function(Oid function, void *context)
{
	Foreign *foreign = context;

	if (function >= FirstNormalObjectId && !is_ours(get_func_namespace(function)))
		foreign->function = function;
	return false;
}

static bool
note(Node *node, void *context)
{
	Foreign *foreign = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		if (((RangeTblEntry *) node)->rtekind == RTE_RELATION)
			note_table(foreign, ((RangeTblEntry *) node)->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, note, context, QTW_EXAMINE_RTES_BEFORE);
	if (IsA(node, CoerceToDomain) && ((CoerceToDomain *) node)->resulttype >= FirstNormalObjectId)
		foreign->domain = ((CoerceToDomain *) node)->resulttype;
	check_functions_in_node(node, note_function, foreign);
	return expression_tree_walker(node, note, context);
}

/* What is not folded runs with the query, as worldtune_definer. */
static void
require_harmless(const Foreign *foreign)
{
	const char *table = get_rel_name(foreign->table);

	if (OidIsValid(foreign->function))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("function %s would run with the rights of pg_worldtune",
		                       format_procedure(foreign->function)),
		                errdetail("Reading table \"%s\" calls it.", table),
		                errhint("Drop the cast or the view that brings it in.")));
	if (OidIsValid(foreign->domain))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("domain %s would be checked with the rights of pg_worldtune",
		                       format_type_be(foreign->domain)),
		                errdetail("Reading table \"%s\" checks it.", table),
		                errhint("Drop the view that brings it in.")));
}

/* Those of our functions that read the application's tables are SECURITY DEFINER, and this role's. */
static bool
is_our_query(void)
{
	return InLocalUserIdChange() && GetUserId() == get_role_oid("worldtune_definer", true);
}

static PlannedStmt *
plan(Query *query, const char *text, int options, ParamListInfo parameters)
{
	planner_hook_type planner = next_planner != NULL ? next_planner : standard_planner;
	Foreign foreign = {0};
	OwnerScope owner;
	PlannedStmt *planned;

	if (is_our_query())
		note((Node *) query, &foreign);
	if (!OidIsValid(foreign.table))
		return planner(query, text, options, parameters);
	require_harmless(&foreign);
	owner_enter_role(&owner, foreign.owner);
	planned = planner(query, text, options, parameters);
	owner_leave(&owner);
	return planned;
}

void
planned_install(void)
{
	next_planner = planner_hook;
	planner_hook = plan;
}
