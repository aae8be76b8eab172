/*
 * history.c
 *		Pages of calls and of the ledger, newest first, and receipts.
 */
#include "api/history.h"

#include <stdlib.h>
#include <string.h>

#include "api/query.h"
#include "api/sql_reply.h"
#include "api/terms.h"
#include "base/json.h"
#include "base/must.h"
#include "base/sid.h"
#include "database/service.h"
#include "database/sql_error.h"

#define PAGE_SIZE_DEFAULT "20"
#define PAGE_SIZE_MAX 1000

/* A kind of rows that come in pages. */
typedef struct Pages
{
	const char *name; /* of the array in the answer */
	PGresult *(*ask)(const Db *db, const char *user_id, const char *page_size, const char *before,
	                 DbError *error);
	cJSON *(*describe)(const PGresult *rows, int row);
	const char *(*moment)(const PGresult *rows, int row);
} Pages;

static cJSON *
describe_call(const PGresult *rows, int row)
{
	CallRecord call = service_call_at(rows, row);
	cJSON *answer = must(cJSON_CreateObject());

	json_add_text(answer, "callId", call.call_id);
	json_add_text(answer, "callSid", call.call_sid);
	json_add_text(answer, "status", call.status);
	json_add_text(answer, "phoneNumber", call.phone_number);
	json_add_text(answer, "country", call.country);
	json_add_text(answer, "isoCountry", call.iso_country);
	json_add_text(answer, "rate", call.rate);
	terms_add(answer, &call.terms);
	json_add_text(answer, "createdAt", call.created_at);
	json_add_text(answer, "answeredAt", call.answered_at);
	json_add_text(answer, "endedAt", call.ended_at);
	json_add_integer(answer, "durationSeconds", call.duration_seconds);
	json_add_integer(answer, "billedSeconds", call.billed_seconds);
	json_add_text(answer, "durationMinutes", call.duration_minutes);
	json_add_text(answer, "creditsUsed", call.credits_used);
	json_add_text(answer, "creditsRefunded", call.credits_refunded);
	json_add_text(answer, "rejectReason", call.reject_reason);
	cJSON_AddBoolToObject(answer, "recorded", call.recorded);
	json_add_text(answer, "transcript", call.transcript);
	return answer;
}

static const char *
moment_of_call(const PGresult *rows, int row)
{
	return service_call_at(rows, row).created_at;
}

static cJSON *
describe_entry(const PGresult *rows, int row)
{
	LedgerEntry entry = service_entry_at(rows, row);
	cJSON *answer = must(cJSON_CreateObject());

	json_add_text(answer, "entryId", entry.entry_id);
	json_add_text(answer, "createdAt", entry.created_at);
	json_add_text(answer, "kind", entry.kind);
	json_add_text(answer, "delta", entry.delta);
	json_add_text(answer, "balanceAfter", entry.balance_after);
	json_add_text(answer, "callId", entry.call_id);
	json_add_text(answer, "callSid", entry.call_sid);
	json_add_text(answer, "note", entry.note);
	return answer;
}

static const char *
moment_of_entry(const PGresult *rows, int row)
{
	return service_entry_at(rows, row).created_at;
}

/* A full page may have one after it. Rows of one instant are never split, so it may be longer than was asked. */
static cJSON *
describe_page(const Pages *pages, const PGresult *rows, int page_size)
{
	cJSON *answer = must(cJSON_CreateObject());
	cJSON *list = cJSON_AddArrayToObject(answer, pages->name);
	int count = PQntuples(rows);

	for (int row = 0; row < count; row++)
		cJSON_AddItemToArray(list, pages->describe(rows, row));
	json_add_text(answer, "nextBefore", count >= page_size ? pages->moment(rows, count - 1) : NULL);
	return answer;
}

/* The database reads the time; nothing else that it is given here can be wrong. */
static void
reply_no_page(HttpReply *reply, const DbError *error)
{
	if (sql_error_is(error, SQLSTATE_CLASS_INVALID_VALUE))
		http_reply_error(
		    reply, 400, "invalid_value",
		    "before must be a time such as 2026-01-01T00:00:00Z, or nextBefore of the page before");
	else
		sql_reply_error(reply, error);
}

static void
reply_page(const HttpRequest *request, HttpReply *reply, const Pages *pages)
{
	const char *page_size = query_count(request, reply, "limit", PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX);
	PGresult *rows;
	DbError error;

	if (page_size == NULL || !query_is_clean(request, reply, "before"))
		return;
	rows = pages->ask(request->db, request->user_id, page_size, form_value(&request->parameters, "before"),
	                  &error);
	if (rows == NULL)
	{
		reply_no_page(reply, &error);
		return;
	}
	http_reply_json(reply, 200, describe_page(pages, rows, atoi(page_size)));
	PQclear(rows);
}

void
history_calls(HttpRequest *request, HttpReply *reply)
{
	static const Pages calls = {"calls", service_call_history, describe_call, moment_of_call};

	reply_page(request, reply, &calls);
}

void
history_ledger(HttpRequest *request, HttpReply *reply)
{
	static const Pages ledger = {"entries", service_ledger, describe_entry, moment_of_entry};

	reply_page(request, reply, &ledger);
}

static cJSON *
describe_step(const ChargeStep *step)
{
	cJSON *answer = must(cJSON_CreateObject());

	json_add_integer(answer, "step", step->step);
	json_add_text(answer, "item", step->item);
	json_add_text(answer, "detail", step->detail);
	json_add_text(answer, "amount", step->amount);
	return answer;
}

/* The last step is what was paid, and says whether it is what comes out when it is computed again. */
static cJSON *
describe_receipt(const PGresult *rows)
{
	cJSON *answer = must(cJSON_CreateObject());
	cJSON *steps = cJSON_AddArrayToObject(answer, "steps");
	ChargeStep step = {0};

	for (int row = 0; row < PQntuples(rows); row++)
	{
		step = service_step_at(rows, row);
		cJSON_AddItemToArray(steps, describe_step(&step));
	}
	json_add_text(answer, "paid", step.amount);
	cJSON_AddBoolToObject(answer, "agrees", step.detail != NULL && strcmp(step.detail, "as booked") == 0);
	return answer;
}

void
history_receipt(HttpRequest *request, HttpReply *reply)
{
	char call_id[UUID_SIZE];
	PGresult *rows;
	DbError error;

	if (!sid_is(request->path_part, "CA") && !uuid_read(request->path_part, call_id))
	{
		http_reply_error(reply, 404, "not_found", "there is no such call, or it is not yours");
		return;
	}
	rows = service_explain_charge(request->db, request->user_id, request->path_part, &error);
	if (rows == NULL)
		sql_reply_error(reply, &error);
	else if (PQntuples(rows) == 0)
		http_reply_error(reply, 404, "not_found", "there is no such call, or it is not yours");
	else
		http_reply_json(reply, 200, describe_receipt(rows));
	PQclear(rows);
}
