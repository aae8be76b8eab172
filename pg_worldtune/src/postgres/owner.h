/*
 * owner.h
 *		Running what belongs to an application's table as the table's owner.
 *
 * Triggers, defaults, constraints, domains' checks and index expressions are the owner's code. It must never
 * run with the rights of the extension's functions, who may do more than the owner.
 */
#ifndef WORLDTUNE_OWNER_H
#define WORLDTUNE_OWNER_H

#include "utils/relcache.h"

#include "postgres/cursors.h"

typedef struct OwnerScope
{
	bool entered; /* false: whoever runs is the owner already */
	Oid caller;
	int caller_context;
	int settings_level;
	Cursors cursors; /* that the caller has open */
} OwnerScope;

/*
 * From here to owner_leave the current user is the relation's owner, who cannot SET ROLE; settings that change
 * meanwhile go back. As for maintenance commands (SECURITY_RESTRICTED_OPERATION) nothing may be left behind that
 * would run later, as somebody else: a deferred trigger, a cursor or a temporary table is an error
 * (42501, 55000). An error leaves by itself, with the transaction.
 */
extern void owner_enter(OwnerScope *scope, Relation relation);
extern void owner_enter_role(OwnerScope *scope, Oid role);
extern void owner_leave(OwnerScope *scope);

#endif
