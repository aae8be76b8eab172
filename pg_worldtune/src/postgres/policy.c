/*
 * policy.c
 *		What a policy of row-level security lets its roles see: judged by its expression, not by its spelling.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(worldtune_is_own_rows);

/* uuid = text casts and the like change nothing of who is meant. */
static Node *
without_casts(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CoerceViaIO))
			node = (Node *) ((CoerceViaIO *) node)->arg;
		else
			return node;
	}
}

static bool
is_call_of(Node *node, const char *schema, const char *name)
{
	FuncExpr *call = (FuncExpr *) node;
	char *of;

	if (!IsA(node, FuncExpr) || call->args != NIL)
		return false;
	of = get_namespace_name(get_func_namespace(call->funcid));
	return of != NULL && strcmp(of, schema) == 0 && strcmp(get_func_name(call->funcid), name) == 0;
}

/* (SELECT expression): evaluated once a statement rather than once a row. */
static Node *
without_select(Node *node)
{
	Query *query;

	node = without_casts(node);
	if (!IsA(node, SubLink) || ((SubLink *) node)->subLinkType != EXPR_SUBLINK)
		return node;
	query = castNode(Query, ((SubLink *) node)->subselect);
	if (query->jointree->fromlist != NIL || query->setOperations != NULL ||
	    list_length(query->targetList) != 1)
		return node;
	return without_casts((Node *) linitial_node(TargetEntry, query->targetList)->expr);
}

/* auth.jwt() ->> 'sub' */
static bool
is_subject_of_claims(Node *node)
{
	OpExpr *operation = (OpExpr *) node;
	Node *field;

	if (!IsA(node, OpExpr) || get_opcode(operation->opno) != F_JSONB_OBJECT_FIELD_TEXT)
		return false;
	field = without_casts(lsecond(operation->args));
	return is_call_of(without_select(linitial(operation->args)), "auth", "jwt") && IsA(field, Const) &&
	       !((Const *) field)->constisnull &&
	       strcmp(TextDatumGetCString(((Const *) field)->constvalue), "sub") == 0;
}

static bool
is_signed_in_user(Node *node)
{
	node = without_select(node);
	return is_call_of(node, "auth", "uid") || is_call_of(node, "worldtune", "current_user_id") ||
	       is_subject_of_claims(node);
}

static bool
is_column(Node *node, AttrNumber column)
{
	node = without_casts(node);
	return IsA(node, Var) && ((Var *) node)->varattno == column && ((Var *) node)->varlevelsup == 0;
}

static bool
names_own_rows(Node *node, AttrNumber column)
{
	OpExpr *operation = (OpExpr *) node;
	Oid function;

	if (!IsA(node, OpExpr) || list_length(operation->args) != 2)
		return false;
	function = get_opcode(operation->opno);
	if (function != F_UUID_EQ && function != F_TEXTEQ)
		return false;
	return (is_column(linitial(operation->args), column) && is_signed_in_user(lsecond(operation->args))) ||
	       (is_column(lsecond(operation->args), column) && is_signed_in_user(linitial(operation->args)));
}

static bool
is_limited_to_own_rows(Node *node, AttrNumber column)
{
	BoolExpr *terms = (BoolExpr *) node;
	ListCell *cell;

	if (names_own_rows(node, column))
		return true;
	if (!IsA(node, BoolExpr) || terms->boolop == NOT_EXPR)
		return false;
	foreach (cell, terms->args)
	{
		bool limited = is_limited_to_own_rows(lfirst(cell), column);

		/* One term of an AND limits it; every term of an OR must. */
		if (limited == (terms->boolop == AND_EXPR))
			return limited;
	}
	return terms->boolop == OR_EXPR;
}

/* is_own_rows(expression, column): of a policy, as pg_policy has it; false for a missing one. */
Datum
worldtune_is_own_rows(PG_FUNCTION_ARGS)
{
	Node *expression;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	expression = stringToNode(TextDatumGetCString(PG_GETARG_DATUM(0)));
	PG_RETURN_BOOL(is_limited_to_own_rows(expression, PG_GETARG_INT16(1)));
}
