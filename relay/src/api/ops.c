/*
 * ops.c
 *		Health for supervisors and load balancers.
 */
#include "api/ops.h"

#include <stdlib.h>
#include <string.h>

#include "api/sql_reply.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/must.h"
#include "database/service.h"

#define READY_MS 3000 /* a relay that takes longer is not ready */

void
ops_healthz(HttpRequest *request, HttpReply *reply)
{
	cJSON *answer = must(cJSON_CreateObject());

	(void) request;
	cJSON_AddStringToObject(answer, "version", RELAY_VERSION);
	http_reply_json(reply, 200, answer);
}

/* Versions fit when they differ at most in their last part: 0.1.0 and 0.1.7. */
static bool
fits(const char *schema_version)
{
	size_t length = strrchr(RELAY_VERSION, '.') - RELAY_VERSION + 1;

	return strncmp(schema_version, RELAY_VERSION, length) == 0;
}

void
ops_readyz(HttpRequest *request, HttpReply *reply)
{
	Db db = {.pool = request->db->pool,
	         .lane = request->db->lane,
	         .deadline_ms = clock_earlier(request->deadline_ms, clock_ms() + READY_MS)};
	DbError error;
	char *schema_version = service_schema_version(&db, &error);
	cJSON *answer;

	if (schema_version == NULL)
	{
		sql_reply_error(reply, &error);
		return;
	}
	if (fits(schema_version))
	{
		answer = must(cJSON_CreateObject());
		cJSON_AddStringToObject(answer, "version", RELAY_VERSION);
		cJSON_AddStringToObject(answer, "schemaVersion", schema_version);
		http_reply_json(reply, 200, answer);
	}
	else
		http_reply_error(reply, 503, "schema_mismatch",
		                 "the database has pg_worldtune %s, this relay needs %s", schema_version,
		                 RELAY_VERSION);
	free(schema_version);
}
