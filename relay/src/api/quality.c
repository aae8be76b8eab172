/*
 * quality.c
 *		Reports about the quality of calls; the database says what a good one is.
 */
#include "api/quality.h"

#include "api/sql_reply.h"
#include "base/sid.h"
#include "database/quality.h"

void
quality_report(HttpRequest *request, HttpReply *reply)
{
	cJSON *quality;
	DbError error;

	if (!sid_is(request->path_part, "CA"))
	{
		http_reply_error(reply, 404, "not_found", "there is no such call, or it is not yours");
		return;
	}
	quality = http_json_object(request, reply);
	if (quality == NULL)
		return;
	cJSON_Delete(quality);
	if (quality_record(request->db, request->user_id, request->path_part, request->body, &error))
		http_reply_empty(reply, 204);
	else
		sql_reply_error(reply, &error);
}
