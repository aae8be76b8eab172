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
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

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

static void
bind_column(const Table *table, Relation relation, const TableColumn *column, BoundColumn *bound)
{
	AttrNumber number = get_attnum(RelationGetRelid(relation), column->name);
	Form_pg_attribute attribute;

	if (number <= 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
		                errmsg("column \"%s\" of table %s.%s does not exist", column->name, table->schema,
		                       table->name),
		                errhint("Run SELECT * FROM worldtune.setup().")));
	attribute = TupleDescAttr(RelationGetDescr(relation), number - 1);
	*bound = (BoundColumn){
	    .number = number,
	    .type = attribute->atttypid,
	    .typmod = attribute->atttypmod,
	    .collation = attribute->attcollation,
	};
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

static void
bind(Table *table, Relation relation)
{
	unsigned int changes = table->changes;
	bool lasting = true;

	if (RelationGetForm(relation)->relkind != RELKIND_RELATION)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("%s.%s is not an ordinary table", table->schema, table->name)));
	for (int i = 0; i < table->column_count; i++)
		bind_column(table, relation, &table->columns[i], &table->bound[i]);
	table->key_index = find_key_index(relation, table->bound[table->key].number, &lasting);
	for (int i = 0; i < TABLE_MAX_INDEXES && table->indexes[i].name != NULL; i++)
		table->index_ids[i] = find_index(relation, &table->indexes[i],
		                                 table->bound[table->indexes[i].leading_column].number, &lasting);
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
	relation = table_openrv(makeRangeVar(pstrdup(table->schema), pstrdup(table->name), -1), lockmode);
	bind(table, relation);
	return relation;
}

static Node *
column_default(Relation relation, Form_pg_attribute attribute)
{
	Node *expression;
	Node *folded;

	if (attribute->attisdropped || attribute->attgenerated)
		return NULL;
	expression = build_column_default(relation, attribute->attnum);
	folded = eval_const_expressions(NULL, copyObject(expression));
	/* What is no constant stays as it was written: the functions that it calls may change. */
	return folded != NULL && IsA(folded, Const) ? folded : expression;
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
