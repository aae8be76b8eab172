/*
 * rate_tables.h
 *		The tables of rates, read without SPI: no privilege is asked for, the snapshot is always fresh.
 */
#ifndef WORLDTUNE_RATE_TABLES_H
#define WORLDTUNE_RATE_TABLES_H

#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/* Column numbers, as sql/rates.sql makes them. */
enum
{
	DECK_ID = 1,
	DECK_REVISION = 9
};

enum
{
	ACTIVATION_DECK_ID = 2,
	ACTIVATION_EFFECTIVE_AT,
	ACTIVATION_SCHEDULED_AT,
	ACTIVATION_CANCELLED_AT = 6
};

enum
{
	RATE_DECK_ID = 1,
	RATE_PREFIX,
	RATE_ORIGINATION,
	RATE_COUNTRY,
	RATE_ISO_COUNTRY,
	RATE_CONTINENT,
	RATE_DESCRIPTION,
	RATE_RATE,
	RATE_RATE_MIN,
	RATE_RATE_MAX,
	RATE_CARRIER_RATE,
	RATE_CONNECTION_FEE,
	RATE_MINIMUM_SECONDS,
	RATE_INCREMENT_SECONDS,
	RATE_COLUMNS = RATE_INCREMENT_SECONDS
};

enum
{
	IMAGE_DECK_ID = 1,
	IMAGE_REVISION,
	IMAGE_IMAGE
};

enum
{
	CALLING_CODE_PREFIX = 1,
	CALLING_CODE_ISO_COUNTRY,
	CALLING_CODE_CALLING_CODE
};

enum
{
	OVERRIDE_PREFIX = 1,
	OVERRIDE_RATE,
	OVERRIDE_CONNECTION_FEE,
	OVERRIDE_MINIMUM_SECONDS,
	OVERRIDE_INCREMENT_SECONDS
};

/* The OID of a table of the extension; 42P01 when it is missing. */
extern Oid rate_table_oid(const char *name);

/* That table, opened and share-locked for reading; close with table_close(table, AccessShareLock). */
extern Relation rate_table_open(const char *name);

/* What is committed now, and what this transaction itself has done; the caller unregisters it. */
extern Snapshot rate_tables_snapshot(void);

/*
 * A scan in the order of the primary key, over the rows whose first key columns equal the keys. Between
 * rate_scan_next, true, and the next call, values and nulls are those of a row.
 */
typedef struct RateScan
{
	Relation table;
	Relation index;
	SysScanDesc scan;
	Datum *values;
	bool *nulls;
} RateScan;

extern void rate_scan_begin(RateScan *scan, const char *table, Snapshot snapshot, int key_count,
                            ScanKey keys);
extern bool rate_scan_next(RateScan *scan);
extern void rate_scan_end(RateScan *scan);

/* Column (from 1) of the row, where it cannot be null. */
#define RATE_SCAN_VALUE(scan, column) ((scan)->values[(column) -1])

/* A text column as a palloc'd string, NULL for null. */
extern char *rate_scan_text(const RateScan *scan, int column);

#endif
