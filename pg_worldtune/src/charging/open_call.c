/*
 * open_call.c
 *		Which calls have not ended. See open_call.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "charging/open_call.h"
#include "postgres/row.h"

enum
{
	OPEN_CALL_ID,
};

static const TableColumn columns[] = {
    [OPEN_CALL_ID] = {"call_id", UUIDOID},
};

static Table open_calls = {
    .schema = "worldtune",
    .name = "open_calls",
    .columns = columns,
    .column_count = lengthof(columns),
    .key = OPEN_CALL_ID,
};

void
open_call_add(const pg_uuid_t *call_id)
{
	Row row;

	row_open(&row, &open_calls, ROW_TO_WRITE);
	row_new(&row);
	row_set(&row, OPEN_CALL_ID, UUIDPGetDatum(call_id));
	row_insert(&row);
	row_close(&row);
}

void
open_call_remove(const pg_uuid_t *call_id)
{
	RowKey key = {OPEN_CALL_ID, UUIDPGetDatum(call_id)};
	Row row;

	row_open(&row, &open_calls, ROW_TO_WRITE);
	if (row_find(&row, ROW_BY_KEY, &key, 1, ROW_ANY))
		row_delete(&row);
	row_close(&row);
}
