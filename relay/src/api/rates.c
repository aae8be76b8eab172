/*
 * rates.c
 *		The public rate list. With a token a lookup also says how far the user's credit reaches.
 */
#include "api/rates.h"

#include <string.h>

#include "api/sql_reply.h"
#include "api/terms.h"
#include "base/json.h"
#include "base/must.h"
#include "database/service.h"
#include "settings/config.h"

#define CACHE_SECONDS 300

static cJSON *
describe_rate(const Rate *rate)
{
	cJSON *answer = must(cJSON_CreateObject());

	cJSON_AddBoolToObject(answer, "found", rate->found);
	if (!rate->found)
		return answer;
	json_add_text(answer, "country", rate->country);
	json_add_text(answer, "isoCountry", rate->iso_country);
	json_add_text(answer, "countryCode", rate->calling_code);
	json_add_text(answer, "prefix", rate->prefix);
	json_add_text(answer, "rate", rate->rate);
	json_add_text(answer, "rateMin", rate->rate_min);
	json_add_text(answer, "rateMax", rate->rate_max);
	terms_add(answer, &rate->terms);
	json_add_text(answer, "formattedRate", rate->formatted_rate);
	return answer;
}

/* How long the user's credit lasts at the rate that was found. */
static bool
add_affordable_minutes(const HttpRequest *request, cJSON *answer, const Rate *rate, DbError *error)
{
	CreditCheck check;

	if (!service_check_credit(request->db, request->user_id, rate->number, "1",
	                          request->config->twilio_phone_number, &check, error))
		return false;
	json_add_text(answer, "creditBalance", check.balance);
	cJSON_AddNumberToObject(answer, "estimatedMinutes", check.max_seconds / 60);
	PQclear(check.rows);
	return true;
}

static bool
add_balance(const HttpRequest *request, cJSON *answer, DbError *error)
{
	Account account;

	if (!service_account(request->db, request->user_id, &account, error))
		return false;
	json_add_text(answer, "creditBalance", account.balance);
	PQclear(account.rows);
	return true;
}

static bool
add_credit(const HttpRequest *request, cJSON *answer, const Rate *rate, DbError *error)
{
	if (rate->found)
		return add_affordable_minutes(request, answer, rate, error);
	return add_balance(request, answer, error);
}

static bool
find_rate(const HttpRequest *request, const char *number, const char *country, Rate *rate, DbError *error)
{
	const char *caller_id = request->config->twilio_phone_number;

	if (number != NULL)
		return service_lookup_rate(request->db, number, caller_id, rate, error);
	return service_country_rate(request->db, country, caller_id, rate, error);
}

static void
look_up(const HttpRequest *request, HttpReply *reply, const char *number, const char *country)
{
	cJSON *answer;
	DbError error;
	Rate rate;

	if (!find_rate(request, number, country, &rate, &error))
	{
		if (number != NULL)
			sql_reply_number_error(reply, &error);
		else
			sql_reply_error(reply, &error);
		return;
	}
	answer = describe_rate(&rate);
	if (request->user_id[0] == '\0')
	{
		http_reply_json(reply, 200, answer);
		http_add_header(reply, "Vary", "Authorization");
		http_make_cacheable(request, reply, CACHE_SECONDS);
	}
	else if (add_credit(request, answer, &rate, &error))
	{
		http_reply_json(reply, 200, answer);
		strcpy(reply->cache_control, "private, no-store");
	}
	else
	{
		cJSON_Delete(answer);
		sql_reply_error(reply, &error);
	}
	PQclear(rate.rows);
}

void
rates_lookup(HttpRequest *request, HttpReply *reply)
{
	const char *number = form_value(&request->parameters, "number");
	const char *country = form_value(&request->parameters, "country");

	if ((number == NULL) == (country == NULL))
		http_reply_error(reply, 400, "missing_parameter", "ask with ?number=+44… or with ?country=GB");
	else
		look_up(request, reply, number, country);
}

static cJSON *
describe_country(const Country *country)
{
	cJSON *answer = must(cJSON_CreateObject());

	json_add_text(answer, "country", country->country);
	json_add_text(answer, "isoCountry", country->iso_country);
	json_add_text(answer, "continent", country->continent);
	cJSON_AddItemToObject(answer, "callingCodes",
	                      country->calling_codes != NULL
	                          ? json_parse(country->calling_codes, strlen(country->calling_codes))
	                          : cJSON_CreateArray());
	json_add_text(answer, "rateMin", country->rate_min);
	json_add_text(answer, "rateMax", country->rate_max);
	json_add_text(answer, "formattedRate", country->formatted_rate);
	return answer;
}

void
rates_countries(HttpRequest *request, HttpReply *reply)
{
	DbError error;
	const Form *query = &request->parameters;
	PGresult *rows =
	    service_list_countries(request->db, form_value(query, "search"), form_value(query, "continent"),
	                           request->config->twilio_phone_number, &error);
	cJSON *answer, *countries;

	if (rows == NULL)
	{
		sql_reply_error(reply, &error);
		return;
	}
	answer = must(cJSON_CreateObject());
	cJSON_AddNumberToObject(answer, "count", PQntuples(rows));
	countries = cJSON_AddArrayToObject(answer, "countries");
	for (int row = 0; row < PQntuples(rows); row++)
	{
		Country country = service_country_at(rows, row);

		cJSON_AddItemToArray(countries, describe_country(&country));
	}
	PQclear(rows);
	http_reply_json(reply, 200, answer);
	http_make_cacheable(request, reply, CACHE_SECONDS);
}
