/*
 * row.c
 *		Finding, locking and reading single rows. See row.h.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "postgres/money.h"
#include "postgres/row.h"

void
row_open(Row *row, Table *table, RowAccess access)
{
	memset(row, 0, sizeof(*row));
	if (access == ROW_TO_WRITE)
		PreventCommandIfReadOnly("UPDATE");
	row->table = table;
	row->relation = table_open_bound(table, access == ROW_TO_WRITE ? RowExclusiveLock : AccessShareLock);
	if (access == ROW_OF_QUERY)
		PushActiveSnapshot(GetActiveSnapshot());
	else
	{
		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
	}
	row->slot = table_slot_create(row->relation, NULL);
}

void
row_close(Row *row)
{
	ExecDropSingleTupleTableSlot(row->slot);
	PopActiveSnapshot();
	/* The lock stays until the transaction ends. */
	table_close(row->relation, NoLock);
}

/* Whether a column holds values of the type that they are exchanged in. */
static bool
is_exchanged_as_is(const BoundColumn *bound, Oid type)
{
	return bound->type == type || (type == TEXTOID && bound->type == VARCHAROID);
}

static void
wrong_type(const Row *row, int column)
{
	const TableColumn *described = &row->table->columns[column];

	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
	                errmsg("column \"%s\" of table %s.%s is of type %s, not %s", described->name,
	                       row->table->schema, row->table->name,
	                       format_type_be(row->table->bound[column].type), format_type_be(described->type)),
	                errhint("Alter the column's type: it is one that pg_worldtune depends on.")));
}

static RegProcedure
equality_of(Oid type)
{
	switch (type)
	{
		case UUIDOID:
			return F_UUID_EQ;
		case TEXTOID:
			return F_TEXTEQ;
		case BOOLOID:
			return F_BOOLEQ;
		default:
			elog(ERROR, "rows are not found by type %u", type);
	}
}

/* The row's keys as the index and heap scans take them. */
static void
make_scan_keys(const Row *row, ScanKey scan_keys)
{
	for (int i = 0; i < row->nkeys; i++)
	{
		int column = row->keys[i].column;
		const BoundColumn *bound = &row->table->bound[column];

		if (!is_exchanged_as_is(bound, row->table->columns[column].type))
			wrong_type(row, column);
		ScanKeyEntryInitialize(&scan_keys[i], 0, bound->number, BTEqualStrategyNumber, InvalidOid,
		                       bound->collation, equality_of(row->table->columns[column].type),
		                       row->keys[i].value);
	}
}

static bool
has_required(Row *row)
{
	return row->required == ROW_ANY || !row_is_null(row, row->required);
}

bool
row_find(Row *row, int index, const RowKey *keys, int nkeys, int required)
{
	Oid index_id = index == ROW_BY_KEY ? row->table->key_index : row->table->index_ids[index];
	ScanKeyData scan_keys[ROW_MAX_KEYS];
	SysScanDesc scan;
	bool found = false;

	Assert(nkeys <= ROW_MAX_KEYS);
	memcpy(row->keys, keys, nkeys * sizeof(RowKey));
	row->nkeys = nkeys;
	row->required = required;
	make_scan_keys(row, scan_keys);

	/* By the index, or through the whole table where that is missing. */
	scan = systable_beginscan(row->relation, index_id, OidIsValid(index_id), GetActiveSnapshot(), nkeys,
	                          scan_keys);
	while (!found && HeapTupleIsValid(systable_getnext(scan)))
	{
		ExecCopySlot(row->slot, scan->slot);
		found = has_required(row);
	}
	systable_endscan(scan);
	return found;
}

/* Whether a row that changed while its lock was waited for is still the one that was looked for. */
static bool
still_matches(Row *row)
{
	ScanKeyData scan_keys[ROW_MAX_KEYS];

	make_scan_keys(row, scan_keys);
	for (int i = 0; i < row->nkeys; i++)
	{
		bool isnull;
		Datum value = slot_getattr(row->slot, scan_keys[i].sk_attno, &isnull);

		if (isnull || !DatumGetBool(FunctionCall2Coll(&scan_keys[i].sk_func, scan_keys[i].sk_collation, value,
		                                              scan_keys[i].sk_argument)))
			return false;
	}
	return has_required(row);
}

RowLock
row_lock(Row *row, bool wait)
{
	ItemPointerData tid = row->slot->tts_tid;
	TM_FailureData failure;
	uint8 flags = TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS;

	if (!IsolationUsesXactSnapshot())
		flags |= TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	switch (table_tuple_lock(row->relation, &tid, GetActiveSnapshot(), row->slot, GetCurrentCommandId(false),
	                         LockTupleNoKeyExclusive, wait ? LockWaitBlock : LockWaitSkip, flags, &failure))
	{
		case TM_Ok:
			return !failure.traversed || still_matches(row) ? ROW_LOCKED : ROW_GONE;
		case TM_WouldBlock:
			return ROW_BUSY;
		case TM_Updated:
		case TM_Deleted:
			if (IsolationUsesXactSnapshot())
				ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				                errmsg("could not serialize access due to concurrent update")));
			return ROW_GONE;
		default:
			return ROW_GONE;
	}
}

/* The value as SQL would assign it to a column of that type. */
static Datum
assign(Row *row, int column, Datum value, Oid from, Oid to, int32 typmod)
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
		wrong_type(row, column);
	assigned = ExecEvalExprSwitchContext(ExecPrepareExpr((Expr *) expression, estate),
	                                     GetPerTupleExprContext(estate), &isnull);
	get_typlenbyval(to, &length, &by_value);
	assigned = datumCopy(assigned, by_value, length);
	FreeExecutorState(estate);
	return assigned;
}

Datum
row_get(Row *row, int column, bool *isnull)
{
	const BoundColumn *bound = &row->table->bound[column];
	Oid type = row->table->columns[column].type;
	Datum value = slot_getattr(row->slot, bound->number, isnull);

	if (*isnull || is_exchanged_as_is(bound, type))
		return value;
	return assign(row, column, value, bound->type, type, -1);
}

char *
row_text(Row *row, int column)
{
	bool isnull;
	Datum value = row_get(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

int64
row_micros(Row *row, int column)
{
	bool isnull;
	Datum value = row_get(row, column, &isnull);

	return isnull ? 0 : DatumGetMicros(value, row->table->columns[column].name);
}

int32
row_int32(Row *row, int column)
{
	bool isnull;
	Datum value = row_get(row, column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

bool
row_bool(Row *row, int column)
{
	bool isnull;
	Datum value = row_get(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

bool
row_is_null(Row *row, int column)
{
	return slot_attisnull(row->slot, row->table->bound[column].number);
}

static void
start_writing(Row *row)
{
	int natts = RelationGetNumberOfAttributes(row->relation);

	row->values = palloc0(natts * sizeof(Datum));
	row->nulls = palloc(natts * sizeof(bool));
	row->named = NULL;
}

void
row_new(Row *row)
{
	start_writing(row);
	memset(row->nulls, true, RelationGetNumberOfAttributes(row->relation) * sizeof(bool));
}

void
row_change(Row *row)
{
	int natts = RelationGetNumberOfAttributes(row->relation);

	start_writing(row);
	slot_getallattrs(row->slot);
	memcpy(row->values, row->slot->tts_values, natts * sizeof(Datum));
	memcpy(row->nulls, row->slot->tts_isnull, natts * sizeof(bool));
}

static void
name_column(Row *row, AttrNumber number)
{
	row->named = bms_add_member(row->named, number - FirstLowInvalidHeapAttributeNumber);
}

void
row_set(Row *row, int column, Datum value)
{
	const BoundColumn *bound = &row->table->bound[column];
	Oid type = row->table->columns[column].type;

	/* Money is rounded by us; its column's precision has still to hold it. */
	if (bound->type == NUMERICOID && type == NUMERICOID)
		value = DirectFunctionCall2(numeric, value, Int32GetDatum(bound->typmod));
	else if (bound->type != type || bound->typmod >= 0)
		value = assign(row, column, value, type, bound->type, bound->typmod);
	row->values[bound->number - 1] = value;
	row->nulls[bound->number - 1] = false;
	name_column(row, bound->number);
}

void
row_set_null(Row *row, int column)
{
	AttrNumber number = row->table->bound[column].number;

	row->values[number - 1] = (Datum) 0;
	row->nulls[number - 1] = true;
	name_column(row, number);
}

void
row_set_text(Row *row, int column, const char *value)
{
	if (value == NULL)
		row_set_null(row, column);
	else
		row_set(row, column, CStringGetTextDatum(value));
}

void
row_set_micros(Row *row, int column, int64 micros)
{
	row_set(row, column, MicrosGetDatum(micros));
}
