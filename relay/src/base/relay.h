/*
 * relay.h
 *		What all threads share for as long as the relay runs.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

struct DbPool;
struct Handles;
struct Jwks;
struct Settings;
struct TokenLimiter;

typedef struct Relay
{
	struct Settings *settings;
	struct DbPool *db_pool;
	struct Handles *handles; /* for requests to Twilio */
	struct Jwks *jwks;
	struct TokenLimiter *token_limiter;
} Relay;

#endif
