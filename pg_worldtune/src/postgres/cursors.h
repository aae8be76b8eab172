/*
 * cursors.h
 *		Cursors that stand open while another role's code runs.
 *
 * Whoever fetches from a cursor runs its query. PL/pgSQL closes and opens cursors by name, also where SQL's own
 * CLOSE and DECLARE are not allowed: so what stood before must stand after, and nothing else.
 */
#ifndef WORLDTUNE_CURSORS_H
#define WORLDTUNE_CURSORS_H

#include "nodes/pg_list.h"

typedef struct Cursors
{
	List *standing; /* opaque; NIL: none, as a rule */
} Cursors;

extern void cursors_note(Cursors *cursors);

/* Error 42501 unless the very cursors that were noted stand, each where it stood. */
extern void cursors_require_same(const Cursors *cursors);

#endif
