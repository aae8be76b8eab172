/*
 * ledger.c
 *		The triggers that keep the books true whoever writes: every change of a balance is booked, what is
 *		booked stays.
 *
 * They stand on the application's own tables, made by setup(). What the extension itself does is known by
 * account_entry_in_progress().
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "charging/account.h"
#include "postgres/claims.h"
#include "postgres/money.h"
#include "postgres/row.h"

PG_FUNCTION_INFO_V1(worldtune_guard_users);
PG_FUNCTION_INFO_V1(worldtune_book_users);
PG_FUNCTION_INFO_V1(worldtune_is_ledger_kind);
PG_FUNCTION_INFO_V1(worldtune_guard_ledger);
PG_FUNCTION_INFO_V1(worldtune_guard_calls);
PG_FUNCTION_INFO_V1(worldtune_guard_transactions);

enum
{
	ENTRY_ID,
	ENTRY_CREATED_AT,
	ENTRY_USER_ID,
	ENTRY_DELTA,
	ENTRY_BALANCE_AFTER,
	ENTRY_KIND,
	ENTRY_CALL_ID,
	ENTRY_TRANSACTION_ID,
	ENTRY_NOTE,
};

static const TableColumn entry_columns[] = {
    [ENTRY_ID] = {"id", INT8OID},
    [ENTRY_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
    [ENTRY_USER_ID] = {"user_id", UUIDOID},
    [ENTRY_DELTA] = {"delta", NUMERICOID},
    [ENTRY_BALANCE_AFTER] = {"balance_after", NUMERICOID},
    [ENTRY_KIND] = {"kind", TEXTOID},
    [ENTRY_CALL_ID] = {"call_id", UUIDOID},
    [ENTRY_TRANSACTION_ID] = {"transaction_id", UUIDOID},
    [ENTRY_NOTE] = {"note", TEXTOID},
};

static Table credit_ledger = {
    .schema = "public",
    .name = "credit_ledger",
    .columns = entry_columns,
    .column_count = lengthof(entry_columns),
    .key = ENTRY_ID,
};

static TriggerData *
trigger_data(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("this function can only be called as a trigger")));
	return (TriggerData *) fcinfo->context;
}

static Datum
column(TriggerData *trigger, HeapTuple row, const char *name)
{
	TupleDesc descriptor = RelationGetDescr(trigger->tg_relation);
	int number = SPI_fnumber(descriptor, name);
	bool isnull;
	Datum value;

	if (number <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(trigger->tg_relation), name);
	value = heap_getattr(row, number, descriptor, &isnull);
	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("\"%s\" must not be null", name)));
	return value;
}

static int64
micros(TriggerData *trigger, HeapTuple row, const char *name)
{
	return row == NULL ? 0 : DatumGetMicros(column(trigger, row, name), name);
}

static HeapTuple
old_row(TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? NULL : trigger->tg_trigtuple;
}

static HeapTuple
new_row(TriggerData *trigger)
{
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return NULL;
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

/* The roles of the API that belong to people, not to the operator. */
static bool
is_client_role(void)
{
	const char *role = GetUserNameFromId(GetUserId(), false);

	return strcmp(role, "anon") == 0 || strcmp(role, "authenticated") == 0;
}

static void
refuse(int sqlstate, const char *message, const char *hint)
{
	ereport(ERROR, (errcode(sqlstate), errmsg("%s", message), errhint("%s", hint)));
}

/*
 * guard_users: BEFORE INSERT, UPDATE, DELETE for each row, BEFORE TRUNCATE for the statement.
 */
static void
guard_user_row(TriggerData *trigger)
{
	HeapTuple old = old_row(trigger);
	HeapTuple new = new_row(trigger);
	HeapTuple row = new != NULL ? new : old;
	pg_uuid_t *id = DatumGetUUIDP(column(trigger, row, "id"));

	if (account_entry_in_progress(id) != NULL)
		return;
	if (new == NULL && micros(trigger, old, "credit_held") != 0)
		refuse(ERRCODE_OBJECT_IN_USE, "a user with credit held for a call cannot be deleted",
		       "Wait until the call is settled.");
	if (new != NULL && micros(trigger, new, "credit_held") != micros(trigger, old, "credit_held"))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "credit_held is written by pg_worldtune alone",
		       "Leave it out: calls hold and release it.");
	if (new != NULL && micros(trigger, new, "credit_balance") != micros(trigger, old, "credit_balance") &&
	    is_client_role())
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "credit_balance cannot be written by the user",
		       "Credit is added by worldtune.add_credits() when a payment arrives.");
	if (old != NULL && new != NULL && memcmp(DatumGetUUIDP(column(trigger, old, "id")), id, UUID_LEN) != 0)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "the id of a user cannot change",
		       "The ledger names the user by it.");
}

Datum
worldtune_guard_users(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "users cannot be truncated",
		       "Delete users one by one: the ledger books it.");
	guard_user_row(trigger);
	PG_RETURN_POINTER(new_row(trigger) != NULL ? new_row(trigger) : old_row(trigger));
}

/* Under the lock of the user's row, so by the clock: a user's entries stand in the order of time, however
 * long ago the transactions began. */
static void
write_entry(const pg_uuid_t *user_id, int64 delta, int64 balance_after, const LedgerEntry *entry)
{
	Row row;

	row_open(&row, &credit_ledger, ROW_TO_WRITE);
	row_new(&row);
	row_set(&row, ENTRY_CREATED_AT, TimestampTzGetDatum(GetCurrentTimestamp()));
	row_set(&row, ENTRY_USER_ID, UUIDPGetDatum(user_id));
	row_set_micros(&row, ENTRY_DELTA, delta);
	row_set_micros(&row, ENTRY_BALANCE_AFTER, balance_after);
	row_set_text(&row, ENTRY_KIND, entry->kind);
	if (entry->call_id != NULL)
		row_set(&row, ENTRY_CALL_ID, UUIDPGetDatum(entry->call_id));
	if (entry->transaction_id != NULL)
		row_set(&row, ENTRY_TRANSACTION_ID, UUIDPGetDatum(entry->transaction_id));
	row_set_text(&row, ENTRY_NOTE, entry->note);
	row_insert(&row);
	row_close(&row);
}

/*
 * book_users: AFTER INSERT, UPDATE, DELETE for each row; a change of the balance is booked. A deleted user's
 * balance is booked away. (What did not change is passed by here: PostgreSQL parses a WHEN clause anew in
 * every statement.)
 */
Datum
worldtune_book_users(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);
	HeapTuple old = old_row(trigger);
	HeapTuple new = new_row(trigger);
	pg_uuid_t *id = DatumGetUUIDP(column(trigger, new != NULL ? new : old, "id"));
	int64 before = micros(trigger, old, "credit_balance");
	int64 after = micros(trigger, new, "credit_balance");
	const LedgerEntry *entry = account_take_entry(id);
	LedgerEntry foreign = {.kind = old == NULL ? "opening" : "adjustment"};

	if (before == after)
		PG_RETURN_POINTER(NULL);
	if (entry == NULL)
	{
		foreign.note = psprintf(new == NULL ? "user deleted by %s" : "by %s", claims_acting_as());
		entry = &foreign;
	}
	write_entry(id, after - before, after, entry);
	PG_RETURN_POINTER(NULL);
}

Datum
worldtune_is_ledger_kind(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {"opening", "purchase", "call", "refund", "adjustment"};
	char *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));

	for (size_t i = 0; i < lengthof(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(false);
}

/* guard_ledger: BEFORE UPDATE, DELETE or TRUNCATE. */
Datum
worldtune_guard_ledger(PG_FUNCTION_ARGS)
{
	trigger_data(fcinfo);
	refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "credit_ledger is append-only",
	       "Correct a mistake by a further entry, never by changing one.");
	PG_RETURN_POINTER(NULL);
}

/* Whether the row is ours: rows of the earlier application have no authorized_at. */
static bool
is_authorized(TriggerData *trigger, HeapTuple row)
{
	TupleDesc descriptor = RelationGetDescr(trigger->tg_relation);

	return row != NULL && !heap_attisnull(row, SPI_fnumber(descriptor, "authorized_at"), descriptor);
}

/*
 * guard_calls: BEFORE INSERT or UPDATE of any row, BEFORE DELETE of those that the trigger's WHEN clause
 * picks, BEFORE TRUNCATE. Each call is written twice at least, so what these look at is looked at here:
 * PostgreSQL parses a WHEN clause anew in every statement.
 */
Datum
worldtune_guard_calls(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) || TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "calls that were billed or hold credit cannot be deleted",
		       "The ledger refers to them.");
	if (is_client_role() &&
	    (is_authorized(trigger, old_row(trigger)) || is_authorized(trigger, new_row(trigger))))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "authorised calls cannot be written by the user",
		       "They are written by pg_worldtune's functions.");
	PG_RETURN_POINTER(new_row(trigger));
}

/* guard_transactions: BEFORE INSERT, UPDATE or DELETE of the rows that its triggers' WHEN clauses pick; BEFORE TRUNCATE. */
Datum
worldtune_guard_transactions(PG_FUNCTION_ARGS)
{
	trigger_data(fcinfo);
	refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "booked payments cannot be made by hand, changed or deleted",
	       "The ledger refers to them; correct a mistake with worldtune.adjust_credits().");
	PG_RETURN_POINTER(NULL);
}
