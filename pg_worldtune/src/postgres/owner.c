/*
 * owner.c
 *		Running as a table's owner. See owner.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "postgres/owner.h"

PG_FUNCTION_INFO_V1(worldtune_run_as);

void
owner_enter_role(OwnerScope *scope, Oid role)
{
	GetUserIdAndSecContext(&scope->caller, &scope->caller_context);
	scope->entered = scope->caller != role;
	if (!scope->entered)
		return;
	cursors_note(&scope->cursors);
	scope->settings_level = NewGUCNestLevel();
	SetUserIdAndSecContext(role, scope->caller_context | SECURITY_LOCAL_USERID_CHANGE |
	                                 SECURITY_RESTRICTED_OPERATION);
}

void
owner_enter(OwnerScope *scope, Relation relation)
{
	owner_enter_role(scope, relation->rd_rel->relowner);
}

void
owner_leave(OwnerScope *scope)
{
	if (!scope->entered)
		return;
	AtEOXact_GUC(false, scope->settings_level);
	SetUserIdAndSecContext(scope->caller, scope->caller_context);
	cursors_require_same(&scope->cursors);
}

/* run_as(role, commands): the commands' last answer, the first column of its first row; NULL where it has none. */
Datum
worldtune_run_as(PG_FUNCTION_ARGS)
{
	Oid role = PG_GETARG_OID(0);
	char *commands = text_to_cstring(PG_GETARG_TEXT_PP(1));
	OwnerScope owner;
	int64 answer = 0;
	bool isnull = true;
	int result;

	if (!has_privs_of_role(GetUserId(), role))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("must be a member of role \"%s\"", GetUserNameFromId(role, false))));
	owner_enter_role(&owner, role);
	SPI_connect();
	result = SPI_execute(commands, false, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s: %s", SPI_result_code_string(result), commands);
	if (result == SPI_OK_SELECT && SPI_processed > 0 && SPI_gettypeid(SPI_tuptable->tupdesc, 1) == INT8OID)
		answer = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	owner_leave(&owner);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_INT64(answer);
}
