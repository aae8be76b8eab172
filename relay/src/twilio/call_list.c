/*
 * call_list.c
 *		Pages of calls, one after the other.
 */
#include "twilio/call_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/must.h"
#include "settings/config.h"

#define PAGE_MS 30000  /* with its repeats */
#define PAGES_MAX 5000 /* of a thousand calls */

/* What is asked about a leg; the rest of it stays at Twilio. */
static void
add_leg(const cJSON *leg, cJSON *legs)
{
	static const char *const names[] = {"sid",      "parent_call_sid", "status",
	                                    "duration", "price",           "price_unit"};
	cJSON *kept = must(cJSON_CreateObject());

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_add_text(kept, names[i], json_text(leg, names[i]));
	cJSON_AddItemToArray(legs, kept);
}

/* Adds a page and answers the next one's URL, or NULL after the last. */
static bool
read_page(const Carrier *carrier, const char *url, cJSON *legs, char **next, char *fault, size_t size)
{
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"GET", url, NULL, true}, clock_ms() + PAGE_MS);
	const cJSON *page =
	    reply.http_status == 200 ? cJSON_GetObjectItemCaseSensitive(reply.json, "calls") : NULL;
	const char *uri = json_text(reply.json, "next_page_uri");
	bool good = cJSON_IsArray(page);
	const cJSON *leg;

	*next = NULL;
	cJSON_ArrayForEach(leg, page) add_leg(leg, legs);
	if (!good)
		snprintf(fault, size, "Twilio answers %d%s%s", reply.http_status,
		         reply.message[0] != '\0' ? ": " : "", reply.message);
	else if (uri != NULL && (uri[0] != '/' || uri[1] == '/'))
	{
		/* The credentials go to Twilio's own address alone. */
		snprintf(fault, size, "Twilio's next page is at another address");
		good = false;
	}
	else if (uri != NULL)
		*next = must_format("%s%s", carrier->config->twilio_api_base, uri);
	exchange_free(&reply);
	return good;
}

/* From this URL on, which is freed. */
static bool
read_pages(const Carrier *carrier, char *url, cJSON *legs, char *fault, size_t size)
{
	int pages = 0;

	while (url != NULL)
	{
		char *next = NULL;
		bool good = read_page(carrier, url, legs, &next, fault, size);

		if (good && (++pages > PAGES_MAX || (next != NULL && strcmp(next, url) == 0)))
		{
			snprintf(fault, size, "Twilio's pages come to no end");
			good = false;
		}
		free(url);
		url = next;
		if (!good)
		{
			free(url);
			return false;
		}
	}
	return true;
}

bool
call_list_read(const Carrier *carrier, const char *day, cJSON *legs, char *fault, size_t size)
{
	return read_pages(carrier, exchange_url(carrier->config, "/Calls.json?PageSize=1000&StartTime=", day, ""),
	                  legs, fault, size);
}

bool
call_list_read_one(const Carrier *carrier, const char *call_sid, cJSON *legs)
{
	char *url = exchange_url(carrier->config, "/Calls/", call_sid, ".json");
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"GET", url, NULL, true}, clock_ms() + PAGE_MS);
	bool found = reply.http_status == 200 && json_text(reply.json, "sid") != NULL;
	char fault[256];

	if (found)
		add_leg(reply.json, legs);
	exchange_free(&reply);
	free(url);
	return found &&
	       read_pages(carrier,
	                  exchange_url(carrier->config, "/Calls.json?PageSize=50&ParentCallSid=", call_sid, ""),
	                  legs, fault, sizeof(fault));
}
