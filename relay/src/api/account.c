/*
 * account.c
 *		The user's own account over HTTP.
 */
#include "api/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/query.h"
#include "api/refusal.h"
#include "api/sql_reply.h"
#include "api/terms.h"
#include "base/json.h"
#include "base/must.h"
#include "database/service.h"
#include "door/token_limiter.h"
#include "settings/config.h"
#include "twilio/access_token.h"
#include "twilio/identity.h"

#define ACCESS_TOKEN_TTL_SECONDS 3600
#define CHECK_MINUTES_MAX 1440

void
account_balance(HttpRequest *request, HttpReply *reply)
{
	Account account;
	DbError error;
	cJSON *answer;

	if (!service_account(request->db, request->user_id, &account, &error))
	{
		sql_reply_error(reply, &error);
		return;
	}
	answer = must(cJSON_CreateObject());
	json_add_text(answer, "balance", account.balance);
	json_add_text(answer, "held", account.held);
	json_add_text(answer, "available", account.available);
	cJSON_AddBoolToObject(answer, "isLowBalance", account.low_balance);
	PQclear(account.rows);
	http_reply_json(reply, 200, answer);
}

static cJSON *
describe_check(const CreditCheck *check)
{
	cJSON *answer = must(cJSON_CreateObject());

	cJSON_AddBoolToObject(answer, "allowed", check->allowed);
	json_add_text(answer, "reason", check->reason);
	json_add_text(answer, "message", check->allowed ? NULL : refusal_find(check->reason)->message);
	cJSON_AddBoolToObject(answer, "hasEnoughCredits", check->enough_credit);
	json_add_text(answer, "currentBalance", check->balance);
	json_add_text(answer, "available", check->available);
	json_add_text(answer, "ratePerMinute", check->rate);
	terms_add(answer, &check->terms);
	json_add_text(answer, "requiredCredits", check->required);
	cJSON_AddNumberToObject(answer, "estimatedMinutes", check->max_seconds / 60);
	cJSON_AddNumberToObject(answer, "maxSeconds", check->max_seconds);
	cJSON_AddBoolToObject(answer, "isLowBalance", check->low_balance);
	json_add_text(answer, "country", check->country);
	return answer;
}

void
account_check_credit(HttpRequest *request, HttpReply *reply)
{
	const char *number = form_value(&request->parameters, "number");
	const char *minutes;
	CreditCheck check;
	DbError error;

	if (number == NULL)
	{
		http_reply_error(reply, 400, "missing_parameter", "say which number: ?number=+44…");
		return;
	}
	minutes = query_count(request, reply, "minutes", "1", CHECK_MINUTES_MAX);
	if (minutes == NULL)
		return;
	if (!service_check_credit(request->db, request->user_id, number, minutes,
	                          request->config->twilio_phone_number, &check, &error))
	{
		sql_reply_number_error(reply, &error);
		return;
	}
	http_reply_json(reply, 200, describe_check(&check));
	PQclear(check.rows);
}

static void
reply_token(const Config *config, HttpReply *reply, const char *user_id)
{
	char identity[IDENTITY_SIZE];
	char expires_at[32];
	time_t now = time(NULL);
	time_t expiry = now + ACCESS_TOKEN_TTL_SECONDS;
	struct tm utc;
	cJSON *answer = must(cJSON_CreateObject());
	char *token;

	identity_of_user(user_id, identity);
	token = access_token_make(&(AccessTokenGrant){
	    .account_sid = config->twilio_account_sid,
	    .api_key = config->twilio_api_key,
	    .api_secret = config->twilio_api_secret,
	    .app_sid = config->twilio_twiml_app_sid,
	    .identity = identity,
	    .incoming = true,
	    .issued_at = now,
	    .ttl_seconds = ACCESS_TOKEN_TTL_SECONDS,
	});
	strftime(expires_at, sizeof(expires_at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&expiry, &utc));
	cJSON_AddStringToObject(answer, "token", token);
	cJSON_AddStringToObject(answer, "identity", identity);
	cJSON_AddNumberToObject(answer, "ttl", ACCESS_TOKEN_TTL_SECONDS);
	cJSON_AddStringToObject(answer, "expiresAt", expires_at);
	free(token);
	http_reply_json(reply, 200, answer);
}

void
account_access_token(HttpRequest *request, HttpReply *reply)
{
	const Config *config = request->config;
	int wait_seconds;

	if (config->twilio_api_key == NULL || config->twilio_twiml_app_sid == NULL)
	{
		http_reply_error(reply, 503, "not_configured",
		                 "calls from the browser are not set up: TWILIO_API_KEY, TWILIO_API_SECRET and "
		                 "TWILIO_TWIML_APP_SID are missing");
		return;
	}
	wait_seconds = token_limiter_admit(request->relay->token_limiter, request->user_id);
	if (wait_seconds > 0)
	{
		http_add_header(reply, "Retry-After", "%d", wait_seconds);
		http_reply_error(reply, 429, "too_many_requests", "too many tokens; try again in %d seconds",
		                 wait_seconds);
		return;
	}
	reply_token(config, reply, request->user_id);
}
