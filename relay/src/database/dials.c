/*
 * dials.c
 *		Second legs, in SQL.
 */
#include "database/dials.h"

#include <stdio.h>

#include "database/columns.h"

bool
dials_claim(const Db *db, const char *user_id, const char *call_sid, bool *claimed, DbError *error)
{
	const char *parameters[] = {user_id, call_sid};
	Columns columns;

	if (!query_row(db, "SELECT worldtune.claim_dial($1::uuid, $2::text)", COUNT(parameters), parameters,
	               &columns, error))
		return false;
	*claimed = next_bool(&columns);
	PQclear((PGresult *) columns.rows);
	return true;
}

bool
dials_name(const Db *db, const char *user_id, const char *call_sid, const char *dial_call_sid, DbError *error)
{
	const char *parameters[] = {user_id, call_sid, dial_call_sid};

	return query_nothing(db, "SELECT worldtune.name_dial($1::uuid, $2::text, $3::text)", COUNT(parameters),
	                     parameters, error);
}

bool
dials_find(const Db *db, const char *user_id, const char *call_sid, char dial_call_sid[SID_SIZE],
           DbError *error)
{
	const char *parameters[] = {user_id, call_sid};
	const char *found;
	Columns columns;

	if (!query_row(db, "SELECT worldtune.find_dial($1::uuid, $2::text)", COUNT(parameters), parameters,
	               &columns, error))
		return false;
	found = next_text(&columns);
	snprintf(dial_call_sid, SID_SIZE, "%s", found != NULL ? found : "");
	PQclear((PGresult *) columns.rows);
	return true;
}
