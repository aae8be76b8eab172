/*
 * row.h
 *		One row at a time, found by a unique index, locked and written without a query.
 *
 * A call is a handful of single-row operations, and what a query costs beside its work (beginning and ending
 * plans, expressions, nodes) is several times that work. So the rows that every call touches go the way that
 * COPY and logical replication go: PostgreSQL's own functions of the executor, hence with its triggers,
 * constraints, defaults, generated columns and indexes. Not so: privileges and row-level security of whoever
 * calls, which the extension's functions bypass anyhow (SECURITY DEFINER); rules, and tables that inherit.
 *
 * The values are Datums of the types that the table's columns are described with.
 */
#ifndef WORLDTUNE_ROW_H
#define WORLDTUNE_ROW_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "nodes/bitmapset.h"

#include "postgres/table.h"

typedef enum RowAccess
{
	ROW_OF_QUERY, /* read what the calling query sees: for STABLE functions */
	ROW_LATEST,   /* read what the transaction's isolation level lets it see now */
	ROW_TO_WRITE, /* the same, and lock, insert or update; error 25006 in a read-only transaction */
	ROW_NEWEST, /* read what committed before now, in every isolation level: under a lock that orders writers */
	ROW_NEWEST_TO_WRITE,
} RowAccess;

typedef struct RowKey
{
	int column; /* of the table's description, as everywhere here */
	Datum value;
} RowKey;

#define ROW_MAX_KEYS 2

typedef struct Row
{
	Table *table;
	Relation relation;
	unsigned int bindings; /* the table's when it was opened */
	bool newest;
	RowKey keys[ROW_MAX_KEYS]; /* what it was found by */
	int nkeys;
	int required;
	/* Between row_scan and row_scan_end, by an index or through the table. */
	Relation index;
	struct IndexScanDescData *index_scan;
	struct TableScanDescData *table_scan;
	TupleTableSlot *slot; /* what was found */
	/* What is written, by attribute number less one; NULL before row_new or row_change. */
	Datum *values;
	bool *nulls;
	Bitmapset *named; /* the columns that were set, as the executor numbers them */
} Row;

#define ROW_BY_KEY (-1)

extern void row_open(Row *row, Table *table, RowAccess access);

/* Where a column stands, as everything below asks. Error 27000 when, meanwhile, code of the application has put
 * another table in the place of this one. */
extern const BoundColumn *row_bound(const Row *row, int column);

extern void row_close(Row *row);

/*
 * Finds the row with these keys, at most two, by an index of the table's description; rows in which
 * `required` is NULL do not count (ROW_ANY: all do). False when there is none. Error 42804 when a key's column
 * has another type.
 */
#define ROW_ANY (-1)
extern bool row_find(Row *row, int index, const RowKey *keys, int nkeys, int required);

/* Visits all rows with these keys: row_scan, row_next until it is false, row_scan_end. */
extern void row_scan(Row *row, int index, const RowKey *keys, int nkeys);
extern bool row_next(Row *row);
extern void row_scan_end(Row *row);

/*
 * Finds, of the rows with this key, the one with the greatest value of the other column (a bigint, which the
 * index holds second, descending). False when there is none.
 */
extern bool row_find_greatest(Row *row, int index, RowKey key, int greatest);

typedef enum RowLock
{
	ROW_LOCKED,
	ROW_GONE,
	ROW_BUSY, /* another transaction holds it */
} RowLock;

/*
 * Locks the row that was found until the transaction ends, as UPDATE does, and reads it again if it changed
 * meanwhile. Error 40001 in REPEATABLE READ when it changed (not with ROW_NEWEST_TO_WRITE).
 */
extern RowLock row_lock(Row *row, bool wait);

extern Datum row_get(Row *row, int column, bool *isnull);

/* Begins an insertion, or an update of the row that was found and locked; row_set says what it writes. */
extern void row_new(Row *row);
extern void row_change(Row *row);
extern void row_set(Row *row, int column, Datum value);
extern void row_set_null(Row *row, int column);

/*
 * Deletes the row that was found, when whoever is changing it has ended; not if it is another's then, or gone. For tables
 * of ours alone: no trigger fires.
 */
extern void row_delete(Row *row);

/*
 * Once a row. Triggers, defaults and constraints of the application run as the table's owner, deferred ones
 * with the row. Error 27000 when a trigger keeps the row from being written, or writes other money or ids than were set.
 */
extern void row_insert(Row *row);
extern void row_update(Row *row);

/* Writes the new row into a table of ours alone, which has neither triggers nor defaults nor constraints. */
extern void row_append(Row *row);

/* Of the row that row_insert wrote: what a column got, from its default if need be. */
extern Datum row_inserted(Row *row, int column);

/*
 * Whether a BEFORE ROW trigger was given the very row that row_insert or row_update is writing: so a guard knows
 * our own work from everybody else's, that of the application's triggers within it included.
 */
extern bool row_is_ours(const TriggerData *trigger);

/* Typed reading; NULL reads as 0, false and NULL. What is returned is palloc'd. */
extern char *row_text(Row *row, int column);
extern int64 row_micros(Row *row, int column);
extern int32 row_int32(Row *row, int column);
extern bool row_bool(Row *row, int column);
extern bool row_is_null(Row *row, int column);

/* Typed writing; a NULL string writes NULL. */
extern void row_set_text(Row *row, int column, const char *value);
extern void row_set_micros(Row *row, int column, int64 micros);

#endif
