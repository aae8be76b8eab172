/*
 * user_token.h
 *		The JWT that Supabase gives a signed-in user: who is it?
 */
#ifndef RELAY_USER_TOKEN_H
#define RELAY_USER_TOKEN_H

#include <stdbool.h>
#include <time.h>

#include "base/uuid.h"

typedef struct UserTokenKey UserTokenKey;

/* The key of HS256 tokens: the secret's own bytes. May be used by any number of threads at once. */
extern UserTokenKey *user_token_key_open(const char *secret);
extern void user_token_key_close(UserTokenKey *key);

/*
 * The user of a token that is signed with the key, in force at that time, and a signed-in user's. NULL, or
 * what is wrong with the token.
 */
extern const char *user_token_read(const UserTokenKey *key, const char *token, time_t now,
                                   char user_id[UUID_SIZE]);

#endif
