/*
 * sql_reply.c
 *		From SQLSTATE to HTTP.
 */
#include "api/sql_reply.h"

#include <string.h>

#include "base/log.h"
#include "database/sql_error.h"

#define RETRY_AFTER_SECONDS 2

typedef struct SqlErrorRule
{
	const char *sqlstate; /* or the beginning of one; the first rule that fits holds */
	int status;
	const char *code;
	const char *message; /* NULL: the database's own, which is written for people */
} SqlErrorRule;

static const SqlErrorRule rules[] = {
    {"22", 400, "invalid_value", NULL},
    {"P0002", 404, "not_found", "there is no such thing, or it is not yours"},
    {"23505", 409, "conflict", NULL},
    {"42501", 403, "forbidden", "this is not allowed"},
    {"55000", 409, "call_is_over", NULL},
    {"PT503", 503, "database_not_ready", "the database is not set up for pg_worldtune yet; try again later"},
    {"25006", 503, "database_unavailable", "the database takes no writes now; try again"},
    {"3F000", 503, "database_not_ready", "the database has no pg_worldtune yet; try again later"},
    {"42883", 503, "database_not_ready", "the database has another version of pg_worldtune; try again later"},
    {"08", 503, "database_unavailable", "the database cannot be reached; try again"},
    {"40", 503, "database_unavailable", "the database is busy; try again"},
    {"53", 503, "database_unavailable", "the database is busy; try again"},
    {"55P03", 503, "database_unavailable", "the database is busy; try again"},
    {"57", 503, "database_unavailable", "the database cannot answer now; try again"},
    {"", 500, "internal_error", "something went wrong here; the log knows more"},
};

static const SqlErrorRule *
find_rule(const char *sqlstate)
{
	const SqlErrorRule *rule = rules;

	while (strncmp(rule->sqlstate, sqlstate, strlen(rule->sqlstate)) != 0)
		rule++;
	return rule;
}

void
sql_reply_error(HttpReply *reply, const DbError *error)
{
	const SqlErrorRule *rule = find_rule(error->sqlstate);

	if (rule->status >= 500)
		log_error("database_error", log_text("sqlstate", error->sqlstate),
		          log_text("message", error->message));
	if (rule->status == 503)
		http_add_header(reply, "Retry-After", "%d", RETRY_AFTER_SECONDS);
	http_reply_error(reply, rule->status, rule->code, "%s",
	                 rule->message != NULL ? rule->message : error->message);
}

void
sql_reply_number_error(HttpReply *reply, const DbError *error)
{
	if (sql_error_is(error, "22023"))
		http_reply_error(reply, 422, "invalid_number", "%s%s%s", error->message,
		                 error->hint[0] != '\0' ? ". " : "", error->hint);
	else
		sql_reply_error(reply, error);
}
