/*
 * table.h
 *		A table and the columns and indexes of it that this extension works with, by name.
 *
 * The application's tables have their columns in any order, and more of them than ours. Where the names stand
 * is looked up once a backend and again whenever the table changes.
 */
#ifndef WORLDTUNE_TABLE_H
#define WORLDTUNE_TABLE_H

#include "access/attnum.h"
#include "access/htup.h"
#include "nodes/nodes.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

#define TABLE_MAX_COLUMNS 40
#define TABLE_MAX_INDEXES 3

typedef struct TableColumn
{
	const char *name;
	Oid type; /* what values are exchanged in; a column of another built-in type is assigned to and from it as SQL would */
} TableColumn;

/* Where a column stands. */
typedef struct BoundColumn
{
	AttrNumber number;
	Oid type; /* below any domain */
	int32 typmod;
	Oid collation;
} BoundColumn;

typedef struct TableIndex
{
	const char *name;
	int leading_column; /* of the description */
} TableIndex;

/* Static: made once by each module that owns a table. All but what is named stays zero. */
typedef struct Table
{
	const char *schema;
	const char *name;
	const TableColumn *columns;
	int column_count;
	uint64 shared; /* bits of the columns that the application's triggers may make something else of */
	int key;       /* the column that tells rows apart */
	TableIndex indexes[TABLE_MAX_INDEXES]; /* beside that of the key */

	Oid relid;            /* InvalidOid: not bound, or changed since */
	unsigned int changes; /* how often it was told of one */
	Oid last_relid;
	unsigned int bindings; /* how often it was bound to another table or column */
	BoundColumn bound[TABLE_MAX_COLUMNS];
	Oid key_index;
	Oid index_ids[TABLE_MAX_INDEXES]; /* InvalidOid: there is no such index, or it cannot be used now */
	Node **defaults;                  /* by attribute number less one; NULL: not read yet */
	MemoryContext memory;             /* of the defaults; NULL: never opened */
	struct Table *next;
} Table;

/*
 * Opens and locks the table, bound. Errors: PT503 when the table or a column is missing; 42809 when it is a
 * view or partitioned; 42804 when a column's type is not built in: reading it would run somebody's code.
 */
extern Relation table_open_bound(Table *table, LOCKMODE lockmode);

/*
 * Opens and binds all of these, so that a query may read them, and keeps them locked. While one is waited for
 * another may change: then all are looked at again, until none did.
 */
extern void table_require_all(Table *const *tables, int count);

/* Error 42804 unless SQL may compare each column with values of the type that it is meant to have. */
extern void table_require_types(Table *table);

/* Error 42809 unless the relation is that table: a trigger function may have been put on any other. */
extern void table_require(Table *table, Relation relation);

/* A value of the column in the type that it is exchanged in, and the other way round. Error 42804 when there
 * is no assignment between the two. */
extern Datum table_from_column(const Table *table, int column, Datum value);
extern Datum table_to_column(const Table *table, int column, Datum value);

/* Whether a column holds values of the type that they are exchanged in. */
extern bool table_holds_as_is(const Table *table, int column);

/* Error 42804: the column cannot hold what it is described with. */
extern void table_wrong_type(const Table *table, int column) pg_attribute_noreturn();

/* The column's value in a row of the table as a trigger is given it. */
extern Datum table_value(const Table *table, Relation relation, HeapTuple row, int column, bool *isnull);

/*
 * The expressions of the opened table's defaults by attribute number less one, constants where they are;
 * NULL: the default is NULL, or the column is generated. They last until the table is opened again. To be
 * called as the table's owner: folding a constant evaluates it.
 */
extern Node **table_defaults(Table *table, Relation relation);

#endif
