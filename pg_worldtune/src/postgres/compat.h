/*
 * compat.h
 *		The only place that knows how the server's interfaces differ between versions.
 */
#ifndef WORLDTUNE_COMPAT_H
#define WORLDTUNE_COMPAT_H

#include "access/genam.h"
#include "access/tableam.h"
#include "catalog/pg_namespace.h"
#include "commands/trigger.h"
#include "common/jsonapi.h"
#include "executor/executor.h"
#include "parser/parse_relation.h"
#include "utils/acl.h"
#include "utils/rel.h"

/* The macros of variable-length values have a header of their own since 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Array types have macros of their own since 14. */
#if PG_VERSION_NUM < 140000
#define UUIDARRAYOID 2951
#define INT8ARRAYOID 1016
#endif

/* The predefined roles are named so since 14. */
#if PG_VERSION_NUM < 140000
#define ROLE_PG_READ_ALL_SETTINGS DEFAULT_ROLE_READ_ALL_SETTINGS
#endif

/* The JSON parser's callbacks return an error code since 16. */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION_RESULT JsonParseErrorType
#define JSON_ACTION_OK return JSON_SUCCESS
#else
#define JSON_ACTION_RESULT void
#define JSON_ACTION_OK return
#endif

/* Since 17 the caller may bring the lexer's memory. */
#if PG_VERSION_NUM >= 170000
#define json_lexer(json, length, encoding) makeJsonLexContextCstringLen(NULL, json, length, encoding, true)
#else
#define json_lexer(json, length, encoding) makeJsonLexContextCstringLen(json, length, encoding, true)
#endif

/* Since 18 an index scan may count what it does. */
#if PG_VERSION_NUM >= 180000
#define begin_index_scan(table, index, snapshot, nkeys)                                                      \
	index_beginscan(table, index, snapshot, NULL, nkeys, 0)
#else
#define begin_index_scan(table, index, snapshot, nkeys) index_beginscan(table, index, snapshot, nkeys, 0)
#endif

/* The executor's range table of one relation, and what an update of it names. Of its own struct since 16. */
static inline void
init_range_table(EState *estate, Relation relation, Bitmapset *updated)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);

	entry->rtekind = RTE_RELATION;
	entry->relid = RelationGetRelid(relation);
	entry->relkind = RelationGetForm(relation)->relkind;
	entry->rellockmode = RowExclusiveLock;
#if PG_VERSION_NUM >= 160000
	{
		List *permissions = NIL;

		addRTEPermissionInfo(&permissions, entry)->updatedCols = updated;
		ExecInitRangeTable(estate, list_make1(entry), permissions);
	}
#else
	entry->updatedCols = updated;
	ExecInitRangeTable(estate, list_make1(entry));
#endif
}

/* One function for the rights on all kinds of objects since 16. */
#if PG_VERSION_NUM >= 160000
#define may_use_schema(schema, role)                                                                         \
	(object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK)
#else
#define may_use_schema(schema, role) (pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK)
#endif

/* Which indexes a new version of a row needs: none or all, and since 16 the summarizing ones alone. */
#if PG_VERSION_NUM >= 160000
typedef TU_UpdateIndexes UpdateIndexes;
#define insert_index_tuples(target, slot, estate)                                                            \
	ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL, false)
#define update_index_tuples(target, slot, estate, which)                                                     \
	ExecInsertIndexTuples(target, slot, estate, true, false, NULL, NIL, (which) == TU_Summarizing)
#define init_epq(epq, estate) EvalPlanQualInit(epq, estate, NULL, NIL, -1, NIL)
#define before_row_update(estate, epq, target, tid, slot)                                                    \
	ExecBRUpdateTriggers(estate, epq, target, tid, NULL, slot, NULL, NULL)
#else
typedef bool UpdateIndexes;
#define insert_index_tuples(target, slot, estate)                                                            \
	ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL)
#define update_index_tuples(target, slot, estate, which)                                                     \
	ExecInsertIndexTuples(target, slot, estate, true, false, NULL, NIL)
#define init_epq(epq, estate) EvalPlanQualInit(epq, estate, NULL, NIL, -1)
#define before_row_update(estate, epq, target, tid, slot)                                                    \
	ExecBRUpdateTriggers(estate, epq, target, tid, NULL, slot, NULL)
#endif

#endif
