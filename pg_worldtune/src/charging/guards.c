/*
 * guards.c
 *		The triggers on the application's tables that keep the books true whoever writes: every change of a
 *		balance is booked, what is booked stays.
 *
 * setup() puts them up. What the extension itself writes is known by row_is_ours(), and the change of a balance by account_take_entry(). Each call and each balance is written often, so what the triggers look
 * at is looked at here: PostgreSQL parses a WHEN clause anew in every statement.
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "charging/account.h"
#include "charging/call.h"
#include "charging/hold.h"
#include "charging/ledger.h"
#include "charging/payment.h"
#include "postgres/money.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_guard_users);
PG_FUNCTION_INFO_V1(worldtune_book_users);
PG_FUNCTION_INFO_V1(worldtune_guard_ledger);
PG_FUNCTION_INFO_V1(worldtune_guard_calls);
PG_FUNCTION_INFO_V1(worldtune_guard_transactions);

/* A row of the trigger's table; row is NULL where the event has none. */
typedef struct GuardedRow
{
	const Table *table;
	Relation relation;
	HeapTuple row;
} GuardedRow;

typedef struct Guarded
{
	GuardedRow old;
	GuardedRow new;
} Guarded;

static TriggerData *
trigger_data(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("this function can only be called as a trigger")));
	return (TriggerData *) fcinfo->context;
}

/*
 * A guard sees the row as the triggers before it left it, so it is named to be the last. A later one could write
 * what no guard looks at any more; in a write of our own that is found out.
 */
static void
refuse_later_triggers(const TriggerData *trigger)
{
	const TriggerDesc *triggers = trigger->tg_relation->trigdesc;
	int16 event = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? TRIGGER_TYPE_INSERT : TRIGGER_TYPE_UPDATE;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *other = &triggers->triggers[i];

		if (TRIGGER_TYPE_MATCHES(other->tgtype, TRIGGER_TYPE_ROW, TRIGGER_TYPE_BEFORE, event) &&
		    strcmp(other->tgname, trigger->tg_trigger->tgname) > 0)
			ereport(ERROR,
			        (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			         errmsg("trigger \"%s\" of table \"%s\" fires after the guard", other->tgname,
			                RelationGetRelationName(trigger->tg_relation)),
			         errhint("Triggers fire in the order of their names: rename it to come before \"%s\".",
			                 trigger->tg_trigger->tgname)));
	}
}

/* Error 42809 when the trigger stands on another table: its columns would be taken for what they are not. */
static Guarded
guarded_rows(TriggerData *trigger, Table *table)
{
	bool inserted = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	bool deleted = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	HeapTuple new = inserted ? trigger->tg_trigtuple : trigger->tg_newtuple;
	Guarded rows;

	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("this trigger must fire for each row")));
	table_require(table, trigger->tg_relation);
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event) && !deleted && !row_is_ours(trigger))
		refuse_later_triggers(trigger);
	rows.old = (GuardedRow){table, trigger->tg_relation, inserted ? NULL : trigger->tg_trigtuple};
	rows.new = (GuardedRow){table, trigger->tg_relation, deleted ? NULL : new};
	return rows;
}

static bool
is_null(const GuardedRow *row, int column)
{
	bool isnull = true;

	if (row->row != NULL)
		table_value(row->table, row->relation, row->row, column, &isnull);
	return isnull;
}

static pg_uuid_t *
uuid_of(const GuardedRow *row, int column)
{
	bool isnull;
	Datum value = table_value(row->table, row->relation, row->row, column, &isnull);

	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
		                errmsg("\"%s\" must not be null", row->table->columns[column].name)));
	return DatumGetUUIDP(value);
}

/* 0 where there is no row. What stood there before may have more decimals than ours, or be NULL; what is written
 * may not. */
static int64
balance_of(const GuardedRow *row, int64 (*micros_of)(Numeric, const char *))
{
	bool isnull;
	Datum value;

	if (row->row == NULL)
		return 0;
	value = table_value(row->table, row->relation, row->row, USER_BALANCE, &isnull);
	if (isnull && micros_of == money_rounded_from_numeric)
		return 0;
	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("\"credit_balance\" must not be null")));
	return micros_of(DatumGetNumeric(value), "credit_balance");
}

/* Whether the column says the same in both rows, to the last bit. */
static bool
is_same(const Guarded *rows, int column)
{
	AttrNumber number = rows->old.table->bound[column].number;
	TupleDesc descriptor = RelationGetDescr(rows->old.relation);
	Form_pg_attribute attribute = TupleDescAttr(descriptor, number - 1);
	bool old_null, new_null;
	Datum old = heap_getattr(rows->old.row, number, descriptor, &old_null);
	Datum new = heap_getattr(rows->new.row, number, descriptor, &new_null);

	if (old_null || new_null)
		return old_null == new_null;
	return datum_image_eq(old, new, attribute->attbyval, attribute->attlen);
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

static void
refuse_truncate(TriggerData *trigger)
{
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("%s cannot be truncated", RelationGetRelationName(trigger->tg_relation)),
		                errhint("The ledger refers to its rows.")));
}

static Datum
unchanged(TriggerData *trigger)
{
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
	                                                                  : trigger->tg_trigtuple);
}

/* guard_users: BEFORE INSERT, UPDATE, DELETE for each row, BEFORE TRUNCATE. */
Datum
worldtune_guard_users(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);
	Guarded rows;

	refuse_truncate(trigger);
	rows = guarded_rows(trigger, &users_table);
	if (rows.new.row == NULL)
	{
		if (hold_sum(uuid_of(&rows.old, USER_ID), ROW_NEWEST).count > 0)
			refuse(ERRCODE_OBJECT_IN_USE, "a user with a call in progress cannot be deleted",
			       "Wait until the call is settled.");
		return unchanged(trigger);
	}
	if (is_client_role() &&
	    balance_of(&rows.new, money_from_numeric) != balance_of(&rows.old, money_rounded_from_numeric))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "credit_balance cannot be written by the user",
		       "Credit is added by worldtune.add_credits() when a payment arrives.");
	if (rows.old.row != NULL && !is_same(&rows, USER_ID))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "the id of a user cannot change",
		       "The ledger names the user by it.");
	return unchanged(trigger);
}

/* A second trigger with this function would book everything twice. */
static Guarded
booked_rows(TriggerData *trigger)
{
	Guarded rows = guarded_rows(trigger, &users_table);

	if (strcmp(trigger->tg_trigger->tgname, "00_worldtune_book") != 0 || trigger->tg_trigger->tgdeferrable)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("trigger \"%s\" must not book balances", trigger->tg_trigger->tgname),
		                errhint("setup() puts up \"00_worldtune_book\", which does: drop this one.")));
	return rows;
}

static Statement forget_media = {
    .sql = "SELECT worldtune_internal.forget_media($1)",
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {UUIDOID},
};

static void
forget_heard(const pg_uuid_t *user_id)
{
	Datum values[] = {UUIDPGetDatum(user_id)};

	SPI_connect();
	statement_run(&forget_media, values, NULL);
	SPI_finish();
}

/* What none of our functions changed. */
static void
book_foreign(const Guarded *rows, const pg_uuid_t *id, int64 delta_micros)
{
	LedgerEntry entry = {.kind = rows->old.row == NULL ? "opening" : "adjustment",
	                     .actor = claims_actor(),
	                     .note = rows->new.row == NULL ? LEDGER_USER_DELETED : NULL};

	ledger_write(id, delta_micros, &entry);
}

/*
 * book_users: AFTER INSERT, UPDATE, DELETE for each row; a change of the balance is booked. A deleted user's
 * balance is booked away, and what was heard of the calls goes.
 */
Datum
worldtune_book_users(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);
	Guarded rows = booked_rows(trigger);
	pg_uuid_t *id = uuid_of(rows.new.row != NULL ? &rows.new : &rows.old, USER_ID);
	int64 delta =
	    balance_of(&rows.new, money_from_numeric) - balance_of(&rows.old, money_rounded_from_numeric);
	const LedgerEntry *entry = account_take_entry(id, delta);

	if (delta != 0 && entry != NULL)
		ledger_write(id, delta, entry);
	else if (delta != 0)
		book_foreign(&rows, id, delta);
	if (rows.new.row == NULL)
		forget_heard(id);
	PG_RETURN_POINTER(NULL);
}

/* guard_ledger: BEFORE INSERT, UPDATE or DELETE for each row, BEFORE TRUNCATE, on credit_ledger and
 * ledger_details. */
Datum
worldtune_guard_ledger(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);

	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || !row_is_ours(trigger))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("%s is append-only, and pg_worldtune alone appends to it",
		                       RelationGetRelationName(trigger->tg_relation)),
		                errhint("Correct a mistake by a further entry: worldtune.adjust_credits().")));
	return unchanged(trigger);
}

/* Error 42501 when one of the columns changes. */
static void
refuse_changes(const Guarded *rows, uint64 free_columns, const char *what)
{
	const Table *table = rows->old.table;

	for (int i = 0; i < table->column_count; i++)
		if (!(free_columns & (UINT64CONST(1) << i)) && !is_same(rows, i))
			ereport(ERROR,
			        (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			         errmsg("%s of %s cannot be changed", table->columns[i].name, what),
			         errhint("It explains what was booked. Corrections, refunds and masking are functions "
			                 "of schema worldtune.")));
}

/*
 * guard_calls: BEFORE INSERT, UPDATE, DELETE for each row, BEFORE TRUNCATE. Rows of the earlier application
 * (not authorised) are its own.
 */
Datum
worldtune_guard_calls(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);
	Guarded rows;
	bool was_ours, is_ours;

	refuse_truncate(trigger);
	rows = guarded_rows(trigger, &calls_table);
	was_ours = !is_null(&rows.old, CALL_AUTHORIZED_AT);
	is_ours = !is_null(&rows.new, CALL_AUTHORIZED_AT);
	if (!was_ours && !is_ours)
		return unchanged(trigger);
	if (rows.new.row == NULL)
	{
		if (!is_null(&rows.old, CALL_BILLED_AT) || is_null(&rows.old, CALL_ENDED_AT))
			refuse(ERRCODE_INSUFFICIENT_PRIVILEGE,
			       "calls that were billed or are in progress cannot be deleted",
			       "The ledger refers to them.");
		return unchanged(trigger);
	}
	if (row_is_ours(trigger))
		return unchanged(trigger);
	if (is_client_role() || !was_ours || !is_ours)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "authorised calls are written by pg_worldtune alone",
		       "Ask worldtune.authorize_call() for a call.");
	refuse_changes(&rows, CALL_FREE_COLUMNS, "a call");
	return unchanged(trigger);
}

/* Whether the ledger refers to the row: also to one that the earlier application credited and we took back. */
static bool
is_booked(const GuardedRow *row)
{
	return !is_null(row, PAYMENT_BOOKED_AT) ||
	       (!is_null(row, PAYMENT_ID) && payment_was_charged_back(uuid_of(row, PAYMENT_ID)));
}

/* guard_transactions: BEFORE INSERT, UPDATE, DELETE for each row, BEFORE TRUNCATE. */
Datum
worldtune_guard_transactions(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_data(fcinfo);
	Guarded rows;
	bool was_booked;

	refuse_truncate(trigger);
	rows = guarded_rows(trigger, &payments_table);
	if (rows.new.row != NULL && row_is_ours(trigger))
		return unchanged(trigger);
	was_booked = is_booked(&rows.old);
	if (!was_booked && is_null(&rows.new, PAYMENT_BOOKED_AT))
		return unchanged(trigger);
	if (rows.new.row == NULL)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "booked payments cannot be deleted",
		       "The ledger refers to them: worldtune.reverse_purchase() takes one back.");
	if (!was_booked)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "payments are booked by pg_worldtune alone",
		       "Call worldtune.add_credits() when a payment arrives.");
	refuse_changes(&rows, PAYMENT_FREE_COLUMNS, "a booked payment");
	return unchanged(trigger);
}
