/*
 * user_token.c
 *		User tokens: compact JWS (RFC 7515) with the claims of Supabase Auth.
 *		https://supabase.com/docs/guides/auth/jwt-fields
 */
#include "door/user_token.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/must.h"
#include "door/jwks.h"
#include "settings/config.h"

#define LEEWAY_SECONDS 30 /* PostgREST allows the same */
#define TOKEN_BYTES_MAX 8192
#define HS256_BYTES 32
#define ISSUER_PATH "/auth/v1"

/* The parts of a token, cut but not yet believed. */
typedef struct Parts
{
	const char *token;
	size_t signed_length; /* header, dot, payload */
	cJSON *header;
	cJSON *claims;
	unsigned char signature[BASE64URL_BYTES(TOKEN_BYTES_MAX)];
	size_t signature_length;
} Parts;

/* A segment that is JSON; NULL when it is none. */
static cJSON *
read_json(const char *segment, size_t length)
{
	unsigned char text[BASE64URL_BYTES(TOKEN_BYTES_MAX)];
	ssize_t text_length = base64url_decode(segment, length, text);

	return text_length > 0 ? json_parse((const char *) text, (size_t) text_length) : NULL;
}

/* Three segments of base64url. Whatever they hold is to be freed, also when this is false. */
static bool
take_apart(const char *token, Parts *parts)
{
	size_t header = strcspn(token, ".");
	size_t payload, signature;
	ssize_t decoded;

	*parts = (Parts){.token = token};
	if (strlen(token) > TOKEN_BYTES_MAX || token[header] == '\0')
		return false;
	payload = strcspn(token + header + 1, ".");
	parts->signed_length = header + 1 + payload;
	if (token[parts->signed_length] == '\0')
		return false;
	signature = strlen(token + parts->signed_length + 1);
	decoded = base64url_decode(token + parts->signed_length + 1, signature, parts->signature);
	if (decoded <= 0)
		return false;
	parts->signature_length = (size_t) decoded;
	parts->header = read_json(token, header);
	parts->claims = read_json(token + header + 1, payload);
	return cJSON_IsObject(parts->header) && cJSON_IsObject(parts->claims);
}

/* The secret's own bytes are the key. */
static bool
is_signed_by_secret(const Parts *parts, const char *secret)
{
	unsigned char expected[HS256_BYTES];
	unsigned length = sizeof(expected);

	return secret != NULL && parts->signature_length == sizeof(expected) &&
	       HMAC(EVP_sha256(), secret, (int) strlen(secret), (const unsigned char *) parts->token,
	            parts->signed_length, expected, &length) != NULL &&
	       CRYPTO_memcmp(expected, parts->signature, sizeof(expected)) == 0;
}

static bool
is_signed_by_key(const Parts *parts, Jwks *jwks, JwkAlgorithm algorithm, long long deadline_ms)
{
	const char *kid = json_text(parts->header, "kid");
	JwkSet *set = kid != NULL ? jwks_take(jwks, kid, deadline_ms) : NULL;
	const Jwk *jwk = set != NULL ? jwk_set_find(set, kid) : NULL;
	bool good = jwk != NULL && jwk_verifies(jwk, algorithm, parts->token, parts->signed_length,
	                                        parts->signature, parts->signature_length);

	jwk_set_release(set);
	return good;
}

/* The header only chooses among what the settings allow: a secret is never a public key's, nor the other way round. */
static bool
is_signed(const Parts *parts, const Config *config, Jwks *jwks, long long deadline_ms)
{
	const char *algorithm = json_text(parts->header, "alg");

	if (algorithm == NULL || cJSON_HasObjectItem(parts->header, "crit"))
		return false;
	if (strcmp(algorithm, "HS256") == 0)
		return is_signed_by_secret(parts, config->supabase_jwt_secret);
	if (config->supabase_jwks_url == NULL)
		return false;
	if (strcmp(algorithm, "ES256") == 0)
		return is_signed_by_key(parts, jwks, JWK_ES256, deadline_ms);
	return strcmp(algorithm, "RS256") == 0 && is_signed_by_key(parts, jwks, JWK_RS256, deadline_ms);
}

static bool
is_text(const cJSON *claim, const char *text)
{
	return cJSON_IsString(claim) && strcmp(claim->valuestring, text) == 0;
}

/* The claim is one audience or a list of them. */
static bool
is_for(const cJSON *audience, const char *name)
{
	const cJSON *one;

	if (!cJSON_IsArray(audience))
		return is_text(audience, name);
	cJSON_ArrayForEach(one, audience) if (is_text(one, name)) return true;
	return false;
}

/* Where Supabase is known, only its own Auth issues tokens. */
static bool
is_issued_here(const Config *config, const cJSON *claims)
{
	const char *issuer = json_text(claims, "iss");
	size_t length = config->supabase_url != NULL ? strlen(config->supabase_url) : 0;

	return config->supabase_url == NULL ||
	       (issuer != NULL && strncmp(issuer, config->supabase_url, length) == 0 &&
	        strcmp(issuer + length, ISSUER_PATH) == 0);
}

static const char *
time_fault(const cJSON *claims, time_t now)
{
	const cJSON *expires = cJSON_GetObjectItemCaseSensitive(claims, "exp");
	const cJSON *not_before = cJSON_GetObjectItemCaseSensitive(claims, "nbf");

	if (!cJSON_IsNumber(expires))
		return "the token has no time of expiry";
	if (!(expires->valuedouble + LEEWAY_SECONDS > (double) now))
		return "the token has expired; sign in again";
	if (not_before != NULL &&
	    (!cJSON_IsNumber(not_before) || !(not_before->valuedouble - LEEWAY_SECONDS <= (double) now)))
		return "the token is not valid yet";
	return NULL;
}

#define TIME_MAX 253402300799.0 /* the year 9999: what fits every calendar */

static const char *
read_claims(const Config *config, const cJSON *claims, time_t now, UserToken *read)
{
	const char *fault = time_fault(claims, now);
	double expires;

	if (fault != NULL)
		return fault;
	if (!is_issued_here(config, claims))
		return "the token was issued elsewhere; sign in again";
	if (!is_for(cJSON_GetObjectItemCaseSensitive(claims, "aud"), "authenticated") ||
	    !is_text(cJSON_GetObjectItemCaseSensitive(claims, "role"), "authenticated"))
		return "the token is not a signed-in user's";
	if (!uuid_read(json_text(claims, "sub"), read->user_id))
		return "the token names no user";
	expires = cJSON_GetObjectItemCaseSensitive(claims, "exp")->valuedouble;
	read->expires = (time_t) (expires < TIME_MAX ? expires : TIME_MAX);
	return NULL;
}

const char *
user_token_read(const Config *config, Jwks *jwks, const char *token, time_t now, long long deadline_ms,
                UserToken *read)
{
	const char *fault = "the token is not valid here; sign in again";
	Parts *parts = must_alloc(sizeof(Parts));

	if (take_apart(token, parts) && is_signed(parts, config, jwks, deadline_ms))
		fault = read_claims(config, parts->claims, now, read);
	cJSON_Delete(parts->header);
	cJSON_Delete(parts->claims);
	free(parts);
	return fault;
}
