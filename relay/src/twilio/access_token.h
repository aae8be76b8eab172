/*
 * access_token.h
 *		The token with which a browser registers at Twilio.
 *		https://www.twilio.com/docs/iam/access-tokens
 */
#ifndef RELAY_ACCESS_TOKEN_H
#define RELAY_ACCESS_TOKEN_H

#include <stdbool.h>
#include <time.h>

typedef struct AccessTokenGrant
{
	const char *account_sid;
	const char *api_key;
	const char *api_secret;
	const char *app_sid;
	const char *identity;
	bool incoming; /* whether calls may ring this client */
	time_t issued_at;
	int ttl_seconds;
} AccessTokenGrant;

/* The signed token; the caller frees it. */
extern char *access_token_make(const AccessTokenGrant *grant);

#endif
