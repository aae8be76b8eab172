/*
 * planned.h
 *		Planning queries that read the application's tables as the tables' owner.
 *
 * Indexes' expressions and predicates, statistics' expressions and, with constraint_exclusion, CHECK constraints are
 * folded when a query that reads the table is planned: an IMMUTABLE function called with constants alone runs
 * then, as whoever plans.
 */
#ifndef WORLDTUNE_PLANNED_H
#define WORLDTUNE_PLANNED_H

/*
 * From here on, for all queries of the extension's functions (worldtune_definer) in this session, whichever
 * language they are written in. Where their tables belong to several roles they are planned as a role that may do
 * nothing, so that no owner's code runs as another. Error 42501 of a query that calls a function or enters a domain
 * that is neither built in nor ours: a view or a cast may bring one in.
 */
extern void planned_install(void);

#endif
