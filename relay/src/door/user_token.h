/*
 * user_token.h
 *		The JWT that Supabase gives a signed-in user: who is it?
 */
#ifndef RELAY_USER_TOKEN_H
#define RELAY_USER_TOKEN_H

#include <time.h>

#include "base/uuid.h"

struct Config;
struct Jwks;

typedef struct UserToken
{
	char user_id[UUID_SIZE];
	time_t expires; /* the token's own word; it is believed for thirty seconds more */
} UserToken;

/*
 * Reads a token that is signed with SUPABASE_JWT_SECRET or with a key of the JWKS, in force at that time, and a signed-in
 * user's. NULL, or what is wrong with the token, in words for the client.
 *
 * Where the key is not known yet it is waited for until the deadline (clock_ms); 0 does not wait, as an event loop must.
 */
extern const char *user_token_read(const struct Config *config, struct Jwks *jwks, const char *token,
                                   time_t now, long long deadline_ms, UserToken *read);

#endif
