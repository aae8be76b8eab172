/*
 * cursors.c
 *		Open cursors by identity. See cursors.h.
 */
#include "postgres.h"

#include "nodes/memnodes.h"
#include "utils/memutils.h"
#include "utils/portal.h"

#include "postgres/cursors.h"

/* A cursor that was ever noted; a name, an address and a query may be another cursor's later, this may not. */
typedef struct Known
{
	Portal portal;
	uint64 serial;
	MemoryContextCallback gone;
} Known;

/* Where a cursor stands. */
typedef struct Standing
{
	uint64 serial;
	uint64 position;
	bool at_start;
	bool at_end;
} Standing;

static List *known = NIL;
static uint64 last_serial = 0;

static void
forget(void *argument)
{
	known = list_delete_ptr(known, argument);
}

static Known *
learn(Portal portal)
{
	Known *cursor = MemoryContextAllocZero(portal->portalContext, sizeof(*cursor));
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	cursor->portal = portal;
	cursor->serial = ++last_serial;
	known = lappend(known, cursor);
	MemoryContextSwitchTo(caller);
	cursor->gone.func = forget;
	cursor->gone.arg = cursor;
	MemoryContextRegisterResetCallback(portal->portalContext, &cursor->gone);
	return cursor;
}

static Known *
know(Portal portal)
{
	ListCell *cell;

	foreach (cell, known)
	{
		Known *cursor = lfirst(cell);

		if (cursor->portal == portal)
			return cursor;
	}
	return learn(portal);
}

static Standing *
stand(Portal portal)
{
	Standing *standing = palloc(sizeof(*standing));

	*standing = (Standing){
	    .serial = know(portal)->serial,
	    .position = portal->portalPos,
	    .at_start = portal->atStart,
	    .at_end = portal->atEnd,
	};
	return standing;
}

/* PostgreSQL keeps all portals' memory in one place, and lists portals to SQL alone. */
static MemoryContext
memory_of_portals(void)
{
	static MemoryContext found = NULL;

	if (found == NULL)
		for (found = TopMemoryContext->firstchild; found != NULL; found = found->nextchild)
			if (strcmp(found->name, "TopPortalContext") == 0)
				break;
	if (found == NULL)
		elog(ERROR, "the memory of portals was not found");
	return found;
}

/* Its identifier is the portal's name, and for the one without a name some other word. */
static Portal
portal_of(MemoryContext memory)
{
	Portal portal = memory->ident == NULL ? NULL : GetPortalByName(memory->ident);

	if (!PortalIsValid(portal) || portal->portalContext != memory)
		portal = GetPortalByName("");
	return PortalIsValid(portal) && portal->portalContext == memory ? portal : NULL;
}

/* All but the one that is running: nobody can close that or fetch from it. */
static List *
list_cursors(void)
{
	List *standing = NIL;

	for (MemoryContext memory = memory_of_portals()->firstchild; memory != NULL; memory = memory->nextchild)
	{
		Portal portal = memory == PortalContext ? NULL : portal_of(memory);

		if (portal != NULL)
			standing = lappend(standing, stand(portal));
	}
	return standing;
}

void
cursors_note(Cursors *cursors)
{
	cursors->standing = list_cursors();
}

static bool
stands(const List *standing, const Standing *wanted)
{
	ListCell *cell;

	foreach (cell, standing)
	{
		const Standing *cursor = lfirst(cell);

		if (cursor->serial == wanted->serial)
			return cursor->position == wanted->position && cursor->at_start == wanted->at_start &&
			       cursor->at_end == wanted->at_end;
	}
	return false;
}

void
cursors_require_same(const Cursors *cursors)
{
	List *standing = list_cursors();
	bool same = list_length(standing) == list_length(cursors->standing);
	ListCell *cell;

	foreach (cell, standing)
		same = same && stands(cursors->standing, lfirst(cell));
	if (!same)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("code of the application left a cursor open, or touched one of the caller's"),
		                errdetail("Fetching from it would run what it left behind as the caller."),
		                errhint("Let the trigger close the cursors that it opens, and no others.")));
}
