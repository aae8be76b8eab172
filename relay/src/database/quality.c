/*
 * quality.c
 *		The quality of calls, in SQL.
 */
#include "database/quality.h"

#include "database/columns.h"

bool
quality_record(const Db *db, const char *user_id, const char *call_sid, const char *json, DbError *error)
{
	const char *parameters[] = {user_id, call_sid, json};

	return query_nothing(db, "SELECT worldtune.record_call_quality($1::uuid, $2::text, $3::jsonb)",
	                     COUNT(parameters), parameters, error);
}
