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
#include "catalog/index.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "postgres/compat.h"
#include "postgres/money.h"
#include "postgres/row.h"

static bool
is_to_write(RowAccess access)
{
	return access == ROW_TO_WRITE || access == ROW_NEWEST_TO_WRITE;
}

void
row_open(Row *row, Table *table, RowAccess access)
{
	memset(row, 0, sizeof(*row));
	if (is_to_write(access))
		PreventCommandIfReadOnly("UPDATE");
	row->table = table;
	row->newest = access == ROW_NEWEST || access == ROW_NEWEST_TO_WRITE;
	row->relation = table_open_bound(table, is_to_write(access) ? RowExclusiveLock : AccessShareLock);
	row->bindings = table->bindings;
	if (access == ROW_OF_QUERY)
		PushActiveSnapshot(GetActiveSnapshot());
	else
	{
		CommandCounterIncrement();
		PushActiveSnapshot(row->newest ? GetLatestSnapshot() : GetTransactionSnapshot());
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

const BoundColumn *
row_bound(const Row *row, int column)
{
	if (unlikely(row->bindings != row->table->bindings))
		ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
		                errmsg("table %s.%s is another one than when a row of it was read",
		                       row->table->schema, row->table->name),
		                errhint("Let no trigger rename the table or put another in its place.")));
	return &row->table->bound[column];
}

static RegProcedure
equality_of(Oid type)
{
	switch (type)
	{
		case INT8OID:
			return F_INT8EQ;
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
		const BoundColumn *bound = row_bound(row, column);

		if (!table_holds_as_is(row->table, column))
			table_wrong_type(row->table, column);
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

/* Not while it is being made anew: its expressions may call our functions. */
static Oid
index_of(const Row *row, int index)
{
	Oid id = index == ROW_BY_KEY ? row->table->key_index : row->table->index_ids[index];

	return ReindexIsProcessingIndex(id) ? InvalidOid : id;
}

static void
set_keys(Row *row, const RowKey *keys, int nkeys)
{
	Assert(nkeys <= ROW_MAX_KEYS);
	memcpy(row->keys, keys, nkeys * sizeof(RowKey));
	row->nkeys = nkeys;
	row->required = ROW_ANY;
}

/* The keys name the table's columns; an index scan takes the index's. */
static void
number_by_index(Relation index, ScanKey scan_keys, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
	{
		int column = 0;

		while (index->rd_index->indkey.values[column] != scan_keys[i].sk_attno)
			if (++column == index->rd_index->indnkeyatts)
				elog(ERROR, "index \"%s\" lacks column %d", RelationGetRelationName(index),
				     scan_keys[i].sk_attno);
		scan_keys[i].sk_attno = column + 1;
	}
}

/* By the index, or through the whole table where that is missing. */
void
row_scan(Row *row, int index, const RowKey *keys, int nkeys)
{
	Oid index_id = index_of(row, index);
	ScanKeyData scan_keys[ROW_MAX_KEYS];

	set_keys(row, keys, nkeys);
	make_scan_keys(row, scan_keys);
	if (!OidIsValid(index_id))
	{
		row->table_scan = table_beginscan(row->relation, GetActiveSnapshot(), nkeys, scan_keys);
		return;
	}
	row->index = index_open(index_id, AccessShareLock);
	number_by_index(row->index, scan_keys, nkeys);
	row->index_scan = begin_index_scan(row->relation, row->index, GetActiveSnapshot(), nkeys);
	index_rescan(row->index_scan, scan_keys, nkeys, NULL, 0);
}

bool
row_next(Row *row)
{
	bool found = row->index_scan != NULL
	                 ? index_getnext_slot(row->index_scan, ForwardScanDirection, row->slot)
	                 : table_scan_getnextslot(row->table_scan, ForwardScanDirection, row->slot);

	if (!found)
		ExecClearTuple(row->slot);
	return found;
}

void
row_scan_end(Row *row)
{
	if (row->index_scan == NULL)
		table_endscan(row->table_scan);
	else
	{
		index_endscan(row->index_scan);
		index_close(row->index, AccessShareLock);
	}
	row->index_scan = NULL;
	row->table_scan = NULL;
}

bool
row_find(Row *row, int index, const RowKey *keys, int nkeys, int required)
{
	bool found;

	row_scan(row, index, keys, nkeys);
	row->required = required;
	while ((found = row_next(row)) && !has_required(row))
		;
	row_scan_end(row);
	return found;
}

/* Without the index: all rows with the key are compared. */
static bool
find_greatest_of_all(Row *row, int index, RowKey key, int greatest)
{
	TupleTableSlot *best = table_slot_create(row->relation, NULL);
	int64 best_value = 0;

	row_scan(row, index, &key, 1);
	while (row_next(row))
	{
		bool isnull;
		int64 value = DatumGetInt64(row_get(row, greatest, &isnull));

		if (TTS_EMPTY(best) || value > best_value)
		{
			best_value = value;
			ExecCopySlot(best, row->slot);
		}
	}
	row_scan_end(row);
	if (!TTS_EMPTY(best))
		ExecCopySlot(row->slot, best);
	else
		ExecClearTuple(row->slot);
	ExecDropSingleTupleTableSlot(best);
	return !TTS_EMPTY(row->slot);
}

bool
row_find_greatest(Row *row, int index, RowKey key, int greatest)
{
	return OidIsValid(index_of(row, index)) ? row_find(row, index, &key, 1, ROW_ANY)
	                                        : find_greatest_of_all(row, index, key, greatest);
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

	bool sees_changes = row->newest || !IsolationUsesXactSnapshot();

	if (sees_changes)
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
			if (!sees_changes)
				ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				                errmsg("could not serialize access due to concurrent update")));
			return ROW_GONE;
		default:
			return ROW_GONE;
	}
}

Datum
row_get(Row *row, int column, bool *isnull)
{
	Datum value = slot_getattr(row->slot, row_bound(row, column)->number, isnull);

	return *isnull ? value : table_from_column(row->table, column, value);
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
	return slot_attisnull(row->slot, row_bound(row, column)->number);
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
	AttrNumber number = row_bound(row, column)->number;

	row->values[number - 1] = table_to_column(row->table, column, value);
	row->nulls[number - 1] = false;
	name_column(row, number);
}

void
row_set_null(Row *row, int column)
{
	AttrNumber number = row_bound(row, column)->number;

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
