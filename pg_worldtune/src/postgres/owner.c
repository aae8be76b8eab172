/*
 * owner.c
 *		Running as a table's owner. See owner.h.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "postgres/owner.h"

void
owner_enter(OwnerScope *scope, Relation relation)
{
	GetUserIdAndSecContext(&scope->caller, &scope->caller_context);
	scope->entered = scope->caller != relation->rd_rel->relowner;
	if (!scope->entered)
		return;
	scope->settings_level = NewGUCNestLevel();
	SetUserIdAndSecContext(relation->rd_rel->relowner, scope->caller_context | SECURITY_LOCAL_USERID_CHANGE);
}

void
owner_leave(OwnerScope *scope)
{
	if (!scope->entered)
		return;
	AtEOXact_GUC(false, scope->settings_level);
	SetUserIdAndSecContext(scope->caller, scope->caller_context);
}
