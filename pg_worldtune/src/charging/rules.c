/*
 * rules.c
 *		The settings that apply to a user. See rules.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "charging/rules.h"
#include "postgres/errors.h"

enum
{
	SETTING_ONLY_ROW,
	SETTING_LOW_BALANCE,
	SETTING_MAX_CALL_SECONDS,
	SETTING_LIMITED,
	SETTING_CALLER_ID,
	SETTING_STORE_MASKED,
	SETTING_HOLD_EXPIRY,
};

static const TableColumn setting_columns[] = {
    [SETTING_ONLY_ROW] = {"only_row", BOOLOID},
    [SETTING_LOW_BALANCE] = {"low_balance", NUMERICOID},
    [SETTING_MAX_CALL_SECONDS] = {"max_call_seconds", INT4OID},
    [SETTING_LIMITED] = {"limited", BOOLOID},
    [SETTING_CALLER_ID] = {"caller_id", TEXTOID},
    [SETTING_STORE_MASKED] = {"store_masked_numbers", BOOLOID},
    [SETTING_HOLD_EXPIRY] = {"hold_expiry_seconds", INT4OID},
};

static Table settings = {
    .schema = "worldtune",
    .name = "settings",
    .columns = setting_columns,
    .column_count = lengthof(setting_columns),
    .key = SETTING_ONLY_ROW,
};

enum
{
	LIMIT_USER_ID,
	LIMIT_MAX_CALL_SECONDS,
	LIMIT_SUSPENDED_AT,
};

static const TableColumn limit_columns[] = {
    [LIMIT_USER_ID] = {"user_id", UUIDOID},
    [LIMIT_MAX_CALL_SECONDS] = {"max_call_seconds", INT4OID},
    [LIMIT_SUSPENDED_AT] = {"suspended_at", TIMESTAMPTZOID},
};

static Table user_limits = {
    .schema = "worldtune",
    .name = "user_limits",
    .columns = limit_columns,
    .column_count = lengthof(limit_columns),
    .key = LIMIT_USER_ID,
};

/* The setting is E.164 by its CHECK. */
static void
read_caller_id(Row *row, Rules *rules)
{
	char *caller_id = row_text(row, SETTING_CALLER_ID);

	rules->has_caller_id = caller_id != NULL;
	if (rules->has_caller_id)
		rules->caller_id.length =
		    strlcpy(rules->caller_id.digits, caller_id + strlen("+"), E164_MAX_DIGITS + 1);
}

static void
read_settings(RowAccess access, Rules *rules)
{
	RowKey key = {SETTING_ONLY_ROW, BoolGetDatum(true)};
	Row row;

	row_open(&row, &settings, access);
	if (!row_find(&row, ROW_BY_KEY, &key, 1, ROW_ANY))
		ereport(ERROR, (errcode(ERRCODE_SETUP_REQUIRED), errmsg("worldtune.settings has no row"),
		                errhint(SETUP_HINT)));
	rules->low_balance_micros = row_micros(&row, SETTING_LOW_BALANCE);
	rules->max_call_seconds = row_int32(&row, SETTING_MAX_CALL_SECONDS);
	rules->limited = row_bool(&row, SETTING_LIMITED);
	rules->hold_expiry_seconds = row_int32(&row, SETTING_HOLD_EXPIRY);
	rules->store_masked = row_bool(&row, SETTING_STORE_MASKED);
	read_caller_id(&row, rules);
	row_close(&row);
}

/* The user's own limits take the place of the settings. */
static void
read_user_limits(const pg_uuid_t *user_id, RowAccess access, Rules *rules)
{
	RowKey key = {LIMIT_USER_ID, UUIDPGetDatum(user_id)};
	Row row;

	rules->suspended = false;
	row_open(&row, &user_limits, access);
	if (row_find(&row, ROW_BY_KEY, &key, 1, ROW_ANY))
	{
		rules->limited = true;
		rules->suspended = !row_is_null(&row, LIMIT_SUSPENDED_AT);
		if (!row_is_null(&row, LIMIT_MAX_CALL_SECONDS))
			rules->max_call_seconds = row_int32(&row, LIMIT_MAX_CALL_SECONDS);
	}
	row_close(&row);
}

void
rules_read(const pg_uuid_t *user_id, RowAccess access, Rules *rules)
{
	read_settings(access, rules);
	read_user_limits(user_id, access, rules);
}
