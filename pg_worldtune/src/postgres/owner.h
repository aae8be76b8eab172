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

typedef struct OwnerScope
{
	bool entered; /* false: whoever runs is the owner already */
	Oid caller;
	int caller_context;
	int settings_level;
} OwnerScope;

/*
 * From here to owner_leave the current user is the relation's owner, who cannot SET ROLE; settings that change
 * meanwhile go back. (As logical replication does since 16.) An error leaves by itself, with the transaction.
 */
extern void owner_enter(OwnerScope *scope, Relation relation);
extern void owner_leave(OwnerScope *scope);

/*
 * The same for any role, as maintenance commands do it (SECURITY_RESTRICTED_OPERATION): what would be deferred
 * to the end of the transaction, and so to another user, is an error.
 */
extern void owner_enter_role(OwnerScope *scope, Oid role);

#endif
