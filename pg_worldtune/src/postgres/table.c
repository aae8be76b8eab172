/*
 * table.c
 *		Tables by the names of their columns and indexes. See table.h.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "postgres/errors.h"
#include "postgres/owner.h"
#include "postgres/table.h"

/* All that were ever opened. A server has few slots for callbacks: one serves them all. */
static Table *watched = NULL;

static void
forget(Datum argument pg_attribute_unused(), Oid relid)
{
	for (Table *table = watched; table != NULL; table = table->next)
	{
		table->changes++;
		if (!OidIsValid(relid) || relid == table->relid)
			table->relid = InvalidOid;
	}
}

/* The names may stand for other tables now. */
static void
forget_names(Datum argument, int cache pg_attribute_unused(), uint32 hash pg_attribute_unused())
{
	forget(argument, InvalidOid);
}

static void
watch(Table *table)
{
	table->memory = AllocSetContextCreate(CacheMemoryContext, "pg_worldtune table", ALLOCSET_SMALL_SIZES);
	if (watched == NULL)
	{
		CacheRegisterRelcacheCallback(forget, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACEOID, forget_names, (Datum) 0);
	}
	table->next = watched;
	watched = table;
}

void
table_wrong_type(const Table *table, int column)
{
	const TableColumn *described = &table->columns[column];

	ereport(ERROR,
	        (errcode(ERRCODE_DATATYPE_MISMATCH),
	         errmsg("column \"%s\" of table %s.%s is of type %s, not %s", described->name, table->schema,
	                table->name, format_type_be(table->bound[column].type), format_type_be(described->type)),
	         errhint("Alter the column's type: it is one that pg_worldtune depends on.")));
}

static bool
is_same(const BoundColumn *a, const BoundColumn *b)
{
	return a->number == b->number && a->type == b->type && a->typmod == b->typmod &&
	       a->collation == b->collation;
}

/* Of built-in types alone nobody but a superuser can make the casts and operators. An enum is read and written
 * by its labels. */
static void
bind_column(Table *table, Relation relation, int column)
{
	BoundColumn *bound = &table->bound[column];
	AttrNumber number = get_attnum(RelationGetRelid(relation), table->columns[column].name);
	BoundColumn found;
	Form_pg_attribute attribute;

	if (number <= 0)
		ereport(ERROR, (errcode(ERRCODE_SETUP_REQUIRED),
		                errmsg("column \"%s\" of table %s.%s does not exist", table->columns[column].name,
		                       table->schema, table->name),
		                errhint(SETUP_HINT)));
	attribute = TupleDescAttr(RelationGetDescr(relation), number - 1);
	found = (BoundColumn){
	    .number = number,
	    .typmod = attribute->atttypmod,
	    .collation = attribute->attcollation,
	};
	found.type = getBaseTypeAndTypmod(attribute->atttypid, &found.typmod);
	if (!is_same(bound, &found))
		table->bindings++;
	*bound = found;
	if (bound->type >= FirstNormalObjectId &&
	    !(table->columns[column].type == TEXTOID && type_is_enum(bound->type)))
		table_wrong_type(table, column);
}

/*
 * An index that is missing or not valid is not used: finding a row takes longer then. Nor is one whose
 * creation is younger than what this transaction may see; that passes, so *lasting tells that it may not be
 * remembered. (As the planner's get_relation_info.)
 */
static bool
is_usable(Relation index, AttrNumber leading, bool *lasting)
{
	Form_pg_index form = index->rd_index;

	if (!form->indisvalid || index->rd_rel->relam != BTREE_AM_OID || form->indkey.values[0] != leading)
		return false;
	if (form->indcheckxmin &&
	    !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin))
		return *lasting = false;
	return true;
}

static Oid
find_index(Relation relation, const TableIndex *wanted, AttrNumber leading, bool *lasting)
{
	Oid id = get_relname_relid(wanted->name, RelationGetNamespace(relation));
	Oid found = InvalidOid;

	if (list_member_oid(RelationGetIndexList(relation), id))
	{
		Relation index = index_open(id, AccessShareLock);

		if (is_usable(index, leading, lasting))
			found = id;
		index_close(index, NoLock);
	}
	return found;
}

/* The primary key, as a rule; any index that is unique by this column alone. */
static Oid
find_key_index(Relation relation, AttrNumber key, bool *lasting)
{
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		if (index->rd_index->indisunique && index->rd_index->indnkeyatts == 1 &&
		    RelationGetIndexPredicate(index) == NIL && is_usable(index, key, lasting))
			found = lfirst_oid(cell);
		index_close(index, NoLock);
	}
	return found;
}

/* Reading an index's predicate evaluates its constants. */
static void
bind_indexes(Table *table, Relation relation, bool *lasting)
{
	OwnerScope owner;

	owner_enter(&owner, relation);
	table->key_index = find_key_index(relation, table->bound[table->key].number, lasting);
	for (int i = 0; i < TABLE_MAX_INDEXES && table->indexes[i].name != NULL; i++)
		table->index_ids[i] = find_index(relation, &table->indexes[i],
		                                 table->bound[table->indexes[i].leading_column].number, lasting);
	owner_leave(&owner);
}

static void
bind(Table *table, Relation relation)
{
	unsigned int changes = table->changes;
	bool lasting = true;

	if (RelationGetForm(relation)->relkind != RELKIND_RELATION)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("%s.%s is not an ordinary table", table->schema, table->name)));
	if (table->last_relid != RelationGetRelid(relation))
		table->bindings++;
	table->last_relid = RelationGetRelid(relation);
	for (int i = 0; i < table->column_count; i++)
		bind_column(table, relation, i);
	bind_indexes(table, relation, &lasting);
	table->defaults = NULL;
	MemoryContextReset(table->memory);
	if (lasting && changes == table->changes)
		table->relid = RelationGetRelid(relation);
}

Relation
table_open_bound(Table *table, LOCKMODE lockmode)
{
	Relation relation;

	if (table->memory == NULL)
		watch(table);
	if (OidIsValid(table->relid))
	{
		/* Taking the lock hears of changes, and forgets. */
		relation = try_table_open(table->relid, lockmode);
		if (relation != NULL && OidIsValid(table->relid))
			return relation;
		if (relation != NULL)
			table_close(relation, lockmode);
	}
	relation =
	    table_openrv_extended(makeRangeVar(pstrdup(table->schema), pstrdup(table->name), -1), lockmode, true);
	if (relation == NULL)
		ereport(ERROR,
		        (errcode(ERRCODE_SETUP_REQUIRED),
		         errmsg("table %s.%s does not exist", table->schema, table->name), errhint(SETUP_HINT)));
	bind(table, relation);
	return relation;
}

void
table_require_all(Table *const *tables, int count)
{
	bool changed = count > 0;

	for (int attempt = 0; changed; attempt++)
	{
		unsigned int changes = 0;

		if (attempt == 10)
			ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			                errmsg("the application's tables keep changing"), errhint("Try again.")));
		for (int i = 0; i < count; i++)
		{
			table_close(table_open_bound(tables[i], AccessShareLock), NoLock);
			if (i == 0)
				changes = tables[i]->changes;
		}
		/* Every change of any relation is counted for every table. */
		changed = tables[0]->changes != changes;
	}
}

/* Whether SQL compares the one with the other. */
static bool
are_comparable(Oid left, Oid right)
{
	return can_coerce_type(1, &left, &right, COERCION_IMPLICIT) ||
	       can_coerce_type(1, &right, &left, COERCION_IMPLICIT);
}

void
table_require_types(Table *table)
{
	table_close(table_open_bound(table, AccessShareLock), NoLock);
	for (int i = 0; i < table->column_count; i++)
		if (!type_is_enum(table->bound[i].type) &&
		    !are_comparable(table->bound[i].type, table->columns[i].type))
			table_wrong_type(table, i);
}

void
table_require(Table *table, Relation relation)
{
	Relation bound;
	bool is_same;

	/* The trigger's relation is open: what was bound of it holds. */
	if (table->relid == RelationGetRelid(relation))
		return;
	bound = table_open_bound(table, AccessShareLock);
	is_same = RelationGetRelid(bound) == RelationGetRelid(relation);
	table_close(bound, NoLock);
	if (!is_same)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("this trigger function is for table %s.%s alone, not for \"%s\"",
		                       table->schema, table->name, RelationGetRelationName(relation))));
}

bool
table_holds_as_is(const Table *table, int column)
{
	Oid type = table->columns[column].type;
	Oid held = table->bound[column].type;

	return held == type || (type == TEXTOID && held == VARCHAROID);
}

/* The value as SQL would assign it to a column of that type; both types are built in. */
static Datum
assign(const Table *table, int column, Datum value, Oid from, Oid to, int32 typmod)
{
	int16 length;
	bool by_value;
	EState *estate = CreateExecutorState();
	Node *expression;
	Datum assigned;
	bool isnull;

	get_typlenbyval(from, &length, &by_value);
	expression = coerce_to_target_type(
	    NULL, (Node *) makeConst(from, -1, get_typcollation(from), length, value, false, by_value), from, to,
	    typmod, COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (expression == NULL)
		table_wrong_type(table, column);
	assigned = ExecEvalExprSwitchContext(ExecPrepareExpr((Expr *) expression, estate),
	                                     GetPerTupleExprContext(estate), &isnull);
	get_typlenbyval(to, &length, &by_value);
	assigned = datumCopy(assigned, by_value, length);
	FreeExecutorState(estate);
	return assigned;
}

Datum
table_from_column(const Table *table, int column, Datum value)
{
	if (table_holds_as_is(table, column))
		return value;
	if (type_is_enum(table->bound[column].type))
		return CStringGetTextDatum(DatumGetCString(OidFunctionCall1(F_ENUM_OUT, value)));
	return assign(table, column, value, table->bound[column].type, table->columns[column].type, -1);
}

/* Amounts are rounded by us, to micro-credits: a column that would round them again loses money. */
static Datum
to_money_column(const Table *table, int column, Datum value)
{
	const BoundColumn *bound = &table->bound[column];
	Datum held = bound->type == NUMERICOID
	                 ? DirectFunctionCall2(numeric, value, Int32GetDatum(bound->typmod))
	                 : assign(table, column, value, NUMERICOID, bound->type, bound->typmod);

	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, table_from_column(table, column, held), value)))
		ereport(ERROR,
		        (errcode(ERRCODE_SETUP_REQUIRED),
		         errmsg("column \"%s\" of table %s.%s cannot hold %s without rounding it",
		                table->columns[column].name, table->schema, table->name,
		                DatumGetCString(DirectFunctionCall1(numeric_out, value))),
		         errdetail("It must hold six decimals: numeric(18,6), or numeric."), errhint(SETUP_HINT)));
	return held;
}

Datum
table_to_column(const Table *table, int column, Datum value)
{
	const BoundColumn *bound = &table->bound[column];
	Oid type = table->columns[column].type;

	if (bound->typmod < 0 && table_holds_as_is(table, column))
		return value;
	if (type == NUMERICOID)
		return to_money_column(table, column, value);
	if (type_is_enum(bound->type))
		return OidInputFunctionCall(F_ENUM_IN, TextDatumGetCString(value), bound->type, -1);
	return assign(table, column, value, type, bound->type, bound->typmod);
}

Datum
table_value(const Table *table, Relation relation, HeapTuple row, int column, bool *isnull)
{
	Datum value = heap_getattr(row, table->bound[column].number, RelationGetDescr(relation), isnull);

	return *isnull ? value : table_from_column(table, column, value);
}

/* The functions of the application may be replaced without the table being told. */
static bool
is_replaceable(Oid function, void *context pg_attribute_unused())
{
	return function >= FirstNormalObjectId;
}

static bool
calls_replaceable_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_replaceable, context))
		return true;
	return expression_tree_walker(node, calls_replaceable_function, context);
}

static Node *
column_default(Relation relation, Form_pg_attribute attribute)
{
	Node *expression;
	Node *folded;

	if (attribute->attisdropped || attribute->attgenerated)
		return NULL;
	expression = build_column_default(relation, attribute->attnum);
	if (expression == NULL || calls_replaceable_function(expression, NULL))
		return expression;
	folded = eval_const_expressions(NULL, copyObject(expression));
	/* What is no constant stays as it was written: now() is another one each time. */
	return IsA(folded, Const) ? folded : expression;
}

Node **
table_defaults(Table *table, Relation relation)
{
	TupleDesc descriptor = RelationGetDescr(relation);
	MemoryContext caller;
	Node **defaults;

	if (table->defaults != NULL)
		return table->defaults;

	caller = MemoryContextSwitchTo(table->memory);
	defaults = palloc(descriptor->natts * sizeof(Node *));
	for (int i = 0; i < descriptor->natts; i++)
		defaults[i] = column_default(relation, TupleDescAttr(descriptor, i));
	MemoryContextSwitchTo(caller);
	table->defaults = defaults;
	return defaults;
}
