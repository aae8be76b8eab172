/*
 * jwk.h
 *		Public keys from a JSON Web Key Set (RFC 7517): which are taken, and signatures by them.
 */
#ifndef RELAY_JWK_H
#define RELAY_JWK_H

#include <stdbool.h>
#include <stddef.h>

/* The algorithm belongs to the key; a token may only agree with it. */
typedef enum JwkAlgorithm
{
	JWK_ES256,
	JWK_RS256,
} JwkAlgorithm;

typedef struct JwkSet JwkSet;
typedef struct Jwk Jwk;

/*
 * The keys of a document that may verify user tokens: EC keys on P-256, and RSA keys of 2048 to 8192 bits, each with a kid.
 * Others are left out. NULL when it is no key set, or one without any such key.
 */
extern JwkSet *jwk_set_read(const char *text, size_t length);

/* One more user of the set, or one less; the last one frees it. Neither minds a NULL. */
extern JwkSet *jwk_set_keep(JwkSet *set);
extern void jwk_set_release(JwkSet *set);

extern int jwk_set_count(const JwkSet *set);

/* NULL when there is none of that name. */
extern const Jwk *jwk_set_find(const JwkSet *set, const char *kid);

/* Whether the key and this algorithm signed the data. The signature is that of RFC 7518. */
extern bool jwk_verifies(const Jwk *jwk, JwkAlgorithm algorithm, const char *data, size_t length,
                         const unsigned char *signature, size_t signature_length);

#endif
