/*
 * jwks.h
 *		The key set at SUPABASE_JWKS_URL, kept and renewed by a thread of its own.
 *
 * It is read at the start, every ten minutes, and, at most once a minute, when a token names a key that is not in it. While it
 * cannot be read the keys that are known stay.
 */
#ifndef RELAY_JWKS_H
#define RELAY_JWKS_H

#include "door/jwk.h"

typedef struct Jwks Jwks;

/* A URL of NULL: there are no keys. */
extern Jwks *jwks_open(const char *url);
extern void jwks_close(Jwks *jwks);

/* The keys are elsewhere now; those that are known stay until they have been read. */
extern void jwks_set_url(Jwks *jwks, const char *url);

/*
 * A set that has the key, if there is one by the deadline (clock_ms; 0 does not wait), else what is known, or NULL. To be
 * released.
 */
extern JwkSet *jwks_take(Jwks *jwks, const char *kid, long long deadline_ms);

#endif
