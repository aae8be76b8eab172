/*
 * rate_tables.c
 *		The tables of rates, read without SPI. See rate_tables.h.
 *
 * Everyone may look up a rate and nobody but the operator may read the tables, so these scans ask for no
 * privilege, as scans of the catalogs do. They work in parallel workers and on a standby.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "rating/rate_tables.h"

#define SCHEMA "worldtune"

Oid
rate_table_oid(const char *name)
{
	Oid oid = get_relname_relid(name, get_namespace_oid(SCHEMA, false));

	if (!OidIsValid(oid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table %s.%s is missing", SCHEMA, name),
		                errhint("Is the extension pg_worldtune installed in this database?")));
	return oid;
}

Relation
rate_table_open(const char *name)
{
	return table_open(rate_table_oid(name), AccessShareLock);
}

/*
 * For a table that is no catalog, GetCatalogSnapshot takes a new snapshot every time, whatever the isolation
 * level: a cache that were read under a transaction's old snapshot would be stale with no message on its way
 * to correct it.
 */
Snapshot
rate_tables_snapshot(void)
{
	return RegisterSnapshot(GetCatalogSnapshot(rate_table_oid("rates")));
}

void
rate_scan_begin(RateScan *scan, const char *table, Snapshot snapshot, int key_count, ScanKey keys)
{
	int columns;

	scan->table = rate_table_open(table);
	scan->index = index_open(RelationGetPrimaryKeyIndex(scan->table), AccessShareLock);
	scan->scan = systable_beginscan_ordered(scan->table, scan->index, snapshot, key_count, keys);
	columns = RelationGetNumberOfAttributes(scan->table);
	scan->values = palloc(columns * sizeof(Datum));
	scan->nulls = palloc(columns * sizeof(bool));
}

bool
rate_scan_next(RateScan *scan)
{
	HeapTuple tuple = systable_getnext_ordered(scan->scan, ForwardScanDirection);

	CHECK_FOR_INTERRUPTS();
	if (!HeapTupleIsValid(tuple))
		return false;
	heap_deform_tuple(tuple, RelationGetDescr(scan->table), scan->values, scan->nulls);
	return true;
}

void
rate_scan_end(RateScan *scan)
{
	systable_endscan_ordered(scan->scan);
	index_close(scan->index, AccessShareLock);
	table_close(scan->table, AccessShareLock);
	pfree(scan->values);
	pfree(scan->nulls);
}

char *
rate_scan_text(const RateScan *scan, int column)
{
	return scan->nulls[column - 1] ? NULL : TextDatumGetCString(scan->values[column - 1]);
}
