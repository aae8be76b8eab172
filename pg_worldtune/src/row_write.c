/*
 * row_write.c
 *		Inserting and updating single rows by PostgreSQL's executor, as COPY does it. See row.h.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "row.h"

/* The executor's state for one command on one table. */
typedef struct Command
{
	EState *estate;
	ResultRelInfo *target;
	TupleTableSlot *slot; /* the new row */
	TransitionCaptureState *capture;
} Command;

/* Columns that were not named get their defaults. */
static void
fill_defaults(Row *row, EState *estate)
{
	TupleDesc descriptor = RelationGetDescr(row->relation);
	Node **defaults = table_defaults(row->table, row->relation);

	for (int i = 0; i < descriptor->natts; i++)
	{
		Node *value = defaults[i];

		if (value == NULL || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, row->named))
			continue;
		if (!IsA(value, Const))
			row->values[i] = ExecEvalExpr(ExecPrepareExpr((Expr *) value, estate),
			                              GetPerTupleExprContext(estate), &row->nulls[i]);
		else if (!((Const *) value)->constisnull)
		{
			Const *constant = (Const *) value;

			row->nulls[i] = false;
			row->values[i] = datumCopy(constant->constvalue, constant->constbyval, constant->constlen);
		}
	}
}

static void
begin(Command *command, Row *row, CmdType type)
{
	TupleDesc descriptor = RelationGetDescr(row->relation);
	EState *estate = CreateExecutorState();
	ResultRelInfo *target = makeNode(ResultRelInfo);

	init_range_table(estate, row->relation, type == CMD_UPDATE ? row->named : NULL);
	ExecInitResultRelation(estate, target, 1);
	CheckCmdReplicaIdentity(row->relation, type);
	ExecOpenIndices(target, false);
	estate->es_snapshot = GetActiveSnapshot();
	estate->es_output_cid = GetCurrentCommandId(true);

	AfterTriggerBeginQuery();
	command->estate = estate;
	command->target = target;
	command->capture =
	    MakeTransitionCaptureState(row->relation->trigdesc, RelationGetRelid(row->relation), type);
	if (type == CMD_INSERT)
		fill_defaults(row, estate);
	command->slot = ExecInitExtraTupleSlot(estate, descriptor, table_slot_callbacks(row->relation));
	ExecClearTuple(command->slot);
	memcpy(command->slot->tts_values, row->values, descriptor->natts * sizeof(Datum));
	memcpy(command->slot->tts_isnull, row->nulls, descriptor->natts * sizeof(bool));
	ExecStoreVirtualTuple(command->slot);
}

static void
end(Command *command)
{
	AfterTriggerEndQuery(command->estate);
	ExecResetTupleTable(command->estate->es_tupleTable, false);
	ExecCloseResultRelations(command->estate);
	ExecCloseRangeTableRelations(command->estate);
	FreeExecutorState(command->estate);
}

/* The money of this row is not lost by a row that quietly was not written. */
static void
kept_from_writing(Row *row)
{
	ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
	                errmsg("a trigger kept a row of table \"%s\" from being written",
	                       RelationGetRelationName(row->relation))));
}

/* What the table asks of a row that is about to be written. */
static void
complete(Command *command, Row *row, CmdType type)
{
	TupleConstr *constraints = RelationGetDescr(row->relation)->constr;

	command->slot->tts_tableOid = RelationGetRelid(row->relation);
	if (constraints == NULL)
		return;
	if (constraints->has_generated_stored)
		ExecComputeStoredGenerated(command->target, command->estate, command->slot, type);
	ExecConstraints(command->target, command->slot, command->estate);
}

void
row_insert(Row *row)
{
	Command command;
	List *recheck = NIL;

	begin(&command, row, CMD_INSERT);
	ExecBSInsertTriggers(command.estate, command.target);
	if (command.target->ri_TrigDesc != NULL && command.target->ri_TrigDesc->trig_insert_before_row &&
	    !ExecBRInsertTriggers(command.estate, command.target, command.slot))
		kept_from_writing(row);
	complete(&command, row, CMD_INSERT);
	table_tuple_insert(row->relation, command.slot, command.estate->es_output_cid, 0, NULL);
	if (command.target->ri_NumIndices > 0)
		recheck = insert_index_tuples(command.target, command.slot, command.estate);
	ExecARInsertTriggers(command.estate, command.target, command.slot, recheck, command.capture);
	ExecASInsertTriggers(command.estate, command.target, command.capture);
	end(&command);
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
	ExecBSUpdateTriggers(command.estate, command.target);
	if (command.target->ri_TrigDesc != NULL && command.target->ri_TrigDesc->trig_update_before_row &&
	    !before_row_update(command.estate, &recheck_state, command.target, &tid, command.slot))
		kept_from_writing(row);
	complete(&command, row, CMD_UPDATE);
	update_tuple(&command, row, &tid, &update_indexes);
	if (command.target->ri_NumIndices > 0 && update_indexes)
		recheck = update_index_tuples(command.target, command.slot, command.estate, update_indexes);
	ExecARUpdateTriggers(command.estate, command.target, NULL, NULL, &tid, NULL, command.slot, recheck,
	                     command.capture, false);
	ExecASUpdateTriggers(command.estate, command.target, command.capture);
	EvalPlanQualEnd(&recheck_state);
	end(&command);
}

void
row_delete(Row *row)
{
	simple_table_tuple_delete(row->relation, &row->slot->tts_tid, GetActiveSnapshot());
}
