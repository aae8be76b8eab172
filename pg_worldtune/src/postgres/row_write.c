/*
 * row_write.c
 *		Inserting and updating single rows by PostgreSQL's executor, as COPY does it. See row.h.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "postgres/compat.h"
#include "postgres/deferred.h"
#include "postgres/owner.h"
#include "postgres/row.h"

/* The executor's state for one command on one table. */
typedef struct Command
{
	EState *estate;
	ResultRelInfo *target;
	TupleTableSlot *slot; /* the new row */
	TransitionCaptureState *capture;
	OwnerScope owner; /* the whole command runs as the table's owner */
} Command;

/* The row that BEFORE triggers are running for. */
static const TupleTableSlot *slot_before_triggers = NULL;

bool
row_is_ours(const TriggerData *trigger)
{
	const TupleTableSlot *slot =
	    TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newslot : trigger->tg_trigslot;

	return slot != NULL && slot == slot_before_triggers;
}

/* Triggers of the application may have our functions write other rows meanwhile: the outer one is put back. */
#define WITH_BEFORE_TRIGGERS(slot, statement)                                                                \
	do                                                                                                       \
	{                                                                                                        \
		const TupleTableSlot *outer = slot_before_triggers;                                                  \
		PG_TRY();                                                                                            \
		{                                                                                                    \
			slot_before_triggers = (slot);                                                                   \
			statement;                                                                                       \
		}                                                                                                    \
		PG_FINALLY();                                                                                        \
		{                                                                                                    \
			slot_before_triggers = outer;                                                                    \
		}                                                                                                    \
		PG_END_TRY();                                                                                        \
	} while (0)

static void
set_default(Row *row, int attribute, Node *expression, EState *estate)
{
	row->values[attribute] = ExecEvalExpr(ExecPrepareExpr((Expr *) expression, estate),
	                                      GetPerTupleExprContext(estate), &row->nulls[attribute]);
}

/* Columns that were not named get their defaults: the constants first, before any code of the application
 * runs. */
static void
fill_defaults(Row *row, EState *estate)
{
	int natts = RelationGetNumberOfAttributes(row->relation);
	Node **defaults = table_defaults(row->table, row->relation);
	Node **expressions = palloc0(natts * sizeof(Node *));

	for (int i = 0; i < natts; i++)
	{
		if (defaults[i] == NULL || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, row->named))
			continue;
		if (!IsA(defaults[i], Const))
			expressions[i] = copyObject(defaults[i]);
		else if (!((Const *) defaults[i])->constisnull)
		{
			Const *constant = (Const *) defaults[i];

			row->nulls[i] = false;
			row->values[i] = datumCopy(constant->constvalue, constant->constbyval, constant->constlen);
		}
	}
	for (int i = 0; i < natts; i++)
		if (expressions[i] != NULL)
			set_default(row, i, expressions[i], estate);
}

/* What was set, and what got no value, may be of a domain that has something against it. */
static void
check_domains(Row *row, CmdType type)
{
	TupleDesc descriptor = RelationGetDescr(row->relation);

	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped || attribute->atttypid < FirstNormalObjectId ||
		    get_typtype(attribute->atttypid) != TYPTYPE_DOMAIN)
			continue;
		if (type == CMD_INSERT || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, row->named))
			domain_check(row->values[i], row->nulls[i], attribute->atttypid, NULL, NULL);
	}
}

static void
begin(Command *command, Row *row, CmdType type)
{
	TupleDesc descriptor = RelationGetDescr(row->relation);
	EState *estate = CreateExecutorState();
	ResultRelInfo *target = makeNode(ResultRelInfo);

	owner_enter(&command->owner, row->relation);
	deferred_set_immediate(row->relation->rd_rel->relowner);
	init_range_table(estate, row->relation, type == CMD_UPDATE ? row->named : NULL);
	ExecInitResultRelation(estate, target, 1);
	CheckCmdReplicaIdentity(row->relation, type);
	estate->es_snapshot = GetActiveSnapshot();
	estate->es_output_cid = GetCurrentCommandId(true);

	AfterTriggerBeginQuery();
	command->estate = estate;
	command->target = target;
	command->capture =
	    MakeTransitionCaptureState(row->relation->trigdesc, RelationGetRelid(row->relation), type);
	if (type == CMD_INSERT)
		fill_defaults(row, estate);
	check_domains(row, type);
	command->slot = ExecInitExtraTupleSlot(estate, descriptor, table_slot_callbacks(row->relation));
	ExecClearTuple(command->slot);
	memcpy(command->slot->tts_values, row->values, descriptor->natts * sizeof(Datum));
	memcpy(command->slot->tts_isnull, row->nulls, descriptor->natts * sizeof(bool));
	ExecStoreVirtualTuple(command->slot);
}

/*
 * The indexes cannot have changed since the table was opened. What a partial one is limited by has been planned when the
 * cache of relations read it: it is ready to run, where the executor would plan it for each row.
 */
static void
open_indexes(Command *command)
{
	ResultRelInfo *target = command->target;
	MemoryContext caller = MemoryContextSwitchTo(command->estate->es_query_cxt);

	ExecOpenIndices(target, false);
	for (int i = 0; i < target->ri_NumIndices; i++)
	{
		IndexInfo *index = target->ri_IndexRelationInfo[i];

		if (index->ii_Predicate != NIL)
			index->ii_PredicateState = ExecInitQual(index->ii_Predicate, NULL);
	}
	MemoryContextSwitchTo(caller);
}

static void
end(Command *command)
{
	AfterTriggerEndQuery(command->estate);
	ExecResetTupleTable(command->estate->es_tupleTable, false);
	ExecCloseResultRelations(command->estate);
	ExecCloseRangeTableRelations(command->estate);
	FreeExecutorState(command->estate);
	owner_leave(&command->owner);
}

/* The money of this row is not lost by a row that quietly was not written. */
static void
kept_from_writing(Row *row)
{
	ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
	                errmsg("a trigger kept a row of table \"%s\" from being written",
	                       RelationGetRelationName(row->relation))));
}

/* The application's triggers may change its own columns of a row, not those that the books go by. */
static void
check_unchanged(Command *command, Row *row)
{
	for (int i = 0; i < row->table->column_count; i++)
	{
		AttrNumber number = row_bound(row, i)->number;
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(row->relation), number - 1);
		bool isnull;
		Datum value;

		if (row->table->shared & (UINT64CONST(1) << i))
			continue;
		value = slot_getattr(command->slot, number, &isnull);
		if (isnull != row->nulls[number - 1] ||
		    (!isnull &&
		     !datum_image_eq(value, row->values[number - 1], attribute->attbyval, attribute->attlen)))
			ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			                errmsg("a trigger changed column \"%s\" of a row of table \"%s\"",
			                       row->table->columns[i].name, RelationGetRelationName(row->relation)),
			                errhint("It is written by pg_worldtune: let the trigger leave it.")));
	}
}

/* What the table asks of a row that is about to be written. */
static void
complete(Command *command, Row *row, CmdType type)
{
	TupleConstr *constraints = RelationGetDescr(row->relation)->constr;

	check_unchanged(command, row);
	command->slot->tts_tableOid = RelationGetRelid(row->relation);
	if (constraints != NULL && constraints->has_generated_stored)
		ExecComputeStoredGenerated(command->target, command->estate, command->slot, type);
	if (constraints != NULL)
		ExecConstraints(command->target, command->slot, command->estate);
	if (row->relation->rd_rel->relispartition)
		ExecPartitionCheck(command->target, command->slot, command->estate, true);
}

/* False when a trigger suppressed the row. */
static bool
before_insert(Command *command)
{
	volatile bool goes_on = true;

	ExecBSInsertTriggers(command->estate, command->target);
	if (command->target->ri_TrigDesc != NULL && command->target->ri_TrigDesc->trig_insert_before_row)
		WITH_BEFORE_TRIGGERS(command->slot,
		                     goes_on = ExecBRInsertTriggers(command->estate, command->target, command->slot));
	return goes_on;
}

void
row_insert(Row *row)
{
	Command command;
	List *recheck = NIL;

	begin(&command, row, CMD_INSERT);
	if (!before_insert(&command))
		kept_from_writing(row);
	complete(&command, row, CMD_INSERT);
	table_tuple_insert(row->relation, command.slot, command.estate->es_output_cid, 0, NULL);
	open_indexes(&command);
	if (command.target->ri_NumIndices > 0)
		recheck = insert_index_tuples(command.target, command.slot, command.estate);
	ExecARInsertTriggers(command.estate, command.target, command.slot, recheck, command.capture);
	ExecASInsertTriggers(command.estate, command.target, command.capture);
	end(&command);
}

Datum
row_inserted(Row *row, int column)
{
	return row->values[row_bound(row, column)->number - 1];
}

/* The same for an update. */
static bool
before_update(Command *command, EPQState *recheck_state, ItemPointer tid)
{
	volatile bool goes_on = true;

	ExecBSUpdateTriggers(command->estate, command->target);
	if (command->target->ri_TrigDesc != NULL && command->target->ri_TrigDesc->trig_update_before_row)
		WITH_BEFORE_TRIGGERS(command->slot, goes_on = before_row_update(command->estate, recheck_state,
		                                                                command->target, tid, command->slot));
	return goes_on;
}

static void
update_tuple(Command *command, Row *row, ItemPointer tid, UpdateIndexes *update_indexes)
{
	TM_FailureData failure;
	LockTupleMode lockmode;
	TM_Result result = table_tuple_update(row->relation, tid, command->slot, command->estate->es_output_cid,
	                                      command->estate->es_snapshot, InvalidSnapshot, true, &failure,
	                                      &lockmode, update_indexes);

	/* The row is locked: nobody else can have changed it. */
	if (result != TM_Ok)
		ereport(ERROR,
		        (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
		         errmsg("a row of table \"%s\" was changed while it was being updated",
		                RelationGetRelationName(row->relation)),
		         errhint("A BEFORE trigger of the table changes the same row: let it change NEW instead.")));
}

void
row_update(Row *row)
{
	Command command;
	EPQState recheck_state;
	ItemPointerData tid = row->slot->tts_tid;
	UpdateIndexes update_indexes;
	List *recheck = NIL;

	begin(&command, row, CMD_UPDATE);
	init_epq(&recheck_state, command.estate);
	if (!before_update(&command, &recheck_state, &tid))
		kept_from_writing(row);
	complete(&command, row, CMD_UPDATE);
	update_tuple(&command, row, &tid, &update_indexes);
	if (update_indexes)
		open_indexes(&command);
	if (command.target->ri_NumIndices > 0)
		recheck = update_index_tuples(command.target, command.slot, command.estate, update_indexes);
	ExecARUpdateTriggers(command.estate, command.target, NULL, NULL, &tid, NULL, command.slot, recheck,
	                     command.capture, false);
	ExecASUpdateTriggers(command.estate, command.target, command.capture);
	EvalPlanQualEnd(&recheck_state);
	end(&command);
}

void
row_append(Row *row)
{
	CatalogTupleInsert(row->relation,
	                   heap_form_tuple(RelationGetDescr(row->relation), row->values, row->nulls));
}

void
row_delete(Row *row)
{
	TM_FailureData failure;

	while (table_tuple_delete(row->relation, &row->slot->tts_tid, GetCurrentCommandId(true),
	                          GetActiveSnapshot(), InvalidSnapshot, true, &failure, false) != TM_Ok)
		if (row_lock(row, true) != ROW_LOCKED)
			return;
}
