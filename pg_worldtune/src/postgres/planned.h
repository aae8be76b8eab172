/*
 * planned.h
 *		What PostgreSQL's planner evaluates of a table.
 *
 * Indexes' expressions and predicates, statistics' expressions (and CHECK constraints where constraint_exclusion
 * is on) are folded when a query that reads the table is planned: an IMMUTABLE function called with constants
 * alone runs then, as whoever plans.
 */
#ifndef WORLDTUNE_PLANNED_H
#define WORLDTUNE_PLANNED_H

#include "utils/relcache.h"

/*
 * Whether an index of the table calls functions that are not built in: planned_fold() is due before each query
 * then. Error 55000 when such a function is called with constants alone, or, in statistics and constraints, may
 * come to that because it is written in SQL, which the planner inlines.
 */
extern bool planned_check(Relation relation);

/* Folds the indexes' expressions as the table's owner; PostgreSQL keeps them folded while it plans. Error 55000
 * for a predicate that is always true. */
extern void planned_fold(Relation relation);

#endif
