/*
 * limits.c
 *		RATE_LIMIT_ADDRESS, RATE_LIMIT_USER and RATE_LIMIT_ENDPOINT.
 */
#include "door/limits.h"

#include <string.h>

#include "door/client_address.h"
#include "door/rate_limit.h"
#include "metrics/metrics.h"
#include "settings/config.h"

static bool
admit(HttpReply *reply, const char *limit, const void *key, size_t key_size, int per_minute)
{
	int wait_seconds = rate_limit_take(limit, key, key_size, per_minute);

	if (wait_seconds == 0)
		return true;
	metric_count_one(METRIC_LIMITED, limit);
	http_add_header(reply, "Retry-After", "%d", wait_seconds);
	http_reply_error(reply, 429, "too_many_requests", "too many requests; try again in %d seconds",
	                 wait_seconds);
	return false;
}

bool
limits_admit_address(const HttpRequest *request, HttpReply *reply)
{
	Address address, customer;

	if (request->config->rate_limit_address == 0)
		return true;
	address = client_address(request);
	customer = address_of_customer(&address);
	return admit(reply, "address", &customer, sizeof(customer), request->config->rate_limit_address);
}

/* Who is not signed in is his address. */
static bool
admit_endpoint(const HttpRequest *request, HttpReply *reply)
{
	char key[256] = {0};
	Address address, customer;
	size_t length = strlen(request->route);

	if (request->config->rate_limit_endpoint == 0 || length + UUID_SIZE + 1 > sizeof(key))
		return true;
	memcpy(key, request->route, length);
	if (request->user_id[0] != '\0')
		memcpy(key + length + 1, request->user_id, UUID_SIZE);
	else
	{
		address = client_address(request);
		customer = address_of_customer(&address);
		memcpy(key + length + 1, &customer, sizeof(customer));
	}
	return admit(reply, "endpoint", key, sizeof(key), request->config->rate_limit_endpoint);
}

bool
limits_admit_user(const HttpRequest *request, HttpReply *reply)
{
	if (request->user_id[0] != '\0' &&
	    !admit(reply, "user", request->user_id, UUID_SIZE, request->config->rate_limit_user))
		return false;
	return admit_endpoint(request, reply);
}
