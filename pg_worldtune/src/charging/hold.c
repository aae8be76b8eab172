/*
 * hold.c
 *		What open calls hold. See hold.h.
 *
 * Read by the newest snapshot even in REPEATABLE READ: authorising locks the user's row without changing it, so
 * nothing else would tell a second one of the first one's hold.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "charging/hold.h"

enum
{
	HOLD_CALL_ID,
	HOLD_USER_ID,
	HOLD_CREDITS,
	HOLD_DUE_AT,
};

static const TableColumn columns[] = {
    [HOLD_CALL_ID] = {"call_id", UUIDOID},
    [HOLD_USER_ID] = {"user_id", UUIDOID},
    [HOLD_CREDITS] = {"credits", NUMERICOID},
    [HOLD_DUE_AT] = {"due_at", TIMESTAMPTZOID},
};

enum
{
	INDEX_OF_USERS, /* and their calls */
};

static Table holds = {
    .schema = "worldtune_internal",
    .name = "holds",
    .columns = columns,
    .column_count = lengthof(columns),
    .key = HOLD_CALL_ID,
    .indexes = {[INDEX_OF_USERS] = {"holds_pkey", HOLD_USER_ID}},
};

void
hold_add(const pg_uuid_t *call_id, const pg_uuid_t *user_id, int64 micros, TimestampTz due_at)
{
	Row row;

	row_open(&row, &holds, ROW_TO_WRITE);
	row_new(&row);
	row_set(&row, HOLD_CALL_ID, UUIDPGetDatum(call_id));
	row_set(&row, HOLD_USER_ID, UUIDPGetDatum(user_id));
	row_set_micros(&row, HOLD_CREDITS, micros);
	row_set(&row, HOLD_DUE_AT, TimestampTzGetDatum(due_at));
	row_append(&row);
	row_close(&row);
}

/* Opens the hold of a call. A relay that claims overdue calls may be writing it. */
static bool
find_hold(Row *row, const pg_uuid_t *call_id, const pg_uuid_t *user_id)
{
	RowKey keys[] = {
	    {HOLD_USER_ID, UUIDPGetDatum(user_id)},
	    {HOLD_CALL_ID, UUIDPGetDatum(call_id)},
	};

	row_open(row, &holds, ROW_NEWEST_TO_WRITE);
	return row_find(row, INDEX_OF_USERS, keys, lengthof(keys), ROW_ANY);
}

void
hold_remove(const pg_uuid_t *call_id, const pg_uuid_t *user_id)
{
	Row row;

	if (find_hold(&row, call_id, user_id))
		row_delete(&row);
	row_close(&row);
}

void
hold_set_due(const pg_uuid_t *call_id, const pg_uuid_t *user_id, TimestampTz due_at)
{
	Row row;

	if (find_hold(&row, call_id, user_id) && row_lock(&row, true) == ROW_LOCKED)
	{
		row_change(&row);
		row_set(&row, HOLD_DUE_AT, TimestampTzGetDatum(due_at));
		row_update(&row);
	}
	row_close(&row);
}

Holds
hold_sum(const pg_uuid_t *user_id, RowAccess access)
{
	RowKey key = {HOLD_USER_ID, UUIDPGetDatum(user_id)};
	Holds sum = {0};
	Row row;

	row_open(&row, &holds, access);
	row_scan(&row, INDEX_OF_USERS, &key, 1);
	while (row_next(&row))
	{
		sum.micros += row_micros(&row, HOLD_CREDITS);
		sum.count++;
	}
	row_scan_end(&row);
	row_close(&row);
	return sum;
}
