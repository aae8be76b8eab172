/*
 * relay.h
 *		What every request needs and all threads share. Nothing in it changes after the start.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

struct Config;
struct DbPool;
struct TokenLimiter;
struct UserTokenKey;

typedef struct Relay
{
	const struct Config *config;
	struct DbPool *db_pool;
	struct UserTokenKey *user_token_key;
	struct TokenLimiter *token_limiter;
} Relay;

#endif
