/*
 * user_token.c
 *		Verification of user tokens, by cjose.
 *		https://supabase.com/docs/guides/auth/jwt-fields
 */
#include "door/user_token.h"

#include <stdlib.h>
#include <string.h>

#include <cjose/cjose.h>

#include "base/json.h"
#include "base/must.h"

#define LEEWAY_SECONDS 30 /* PostgREST allows the same */
#define TOKEN_BYTES_MAX 8192

struct UserTokenKey
{
	cjose_jwk_t *jwk;
};

UserTokenKey *
user_token_key_open(const char *secret)
{
	UserTokenKey *key = must_alloc(sizeof(UserTokenKey));
	cjose_err error;

	key->jwk = must(cjose_jwk_create_oct_spec((const uint8_t *) secret, strlen(secret), &error));
	return key;
}

void
user_token_key_close(UserTokenKey *key)
{
	cjose_jwk_release(key->jwk);
	free(key);
}

/* The configuration names the algorithm; a token may only agree with it. */
static bool
is_hs256(cjose_jws_t *jws)
{
	cjose_err error;
	cjose_header_t *header = cjose_jws_get_protected(jws);
	const char *algorithm = cjose_header_get(header, CJOSE_HDR_ALG, &error);
	char *critical = cjose_header_get_raw(header, "crit", &error);
	bool good = algorithm != NULL && strcmp(algorithm, "HS256") == 0 && critical == NULL;

	free(critical);
	return good;
}

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/*
 * Three segments of base64url without padding (RFC 7515, 3.1). cjose's decoder asserts on what cannot be
 * that, padding above all, and would end the process.
 */
static bool
is_compact_jws(const char *token)
{
	for (int segment = 1; segment <= 3; segment++)
	{
		size_t length = strspn(token, BASE64URL);

		if (length == 0 || length % 4 == 1 || token[length] != (segment == 3 ? '\0' : '.'))
			return false;
		token += length + 1;
	}
	return true;
}

/* cjose reads the header before it checks the signature: a stranger's header is looked at first. */
static bool
has_harmless_header(const char *token)
{
	cjose_err error;
	uint8_t *text = NULL;
	size_t length = 0;
	cJSON *header = NULL;

	if (cjose_base64url_decode(token, strcspn(token, "."), &text, &length, &error))
		header = json_parse((const char *) text, length);
	free(text);
	cJSON_Delete(header);
	return header != NULL;
}

static cJSON *
verified_claims(const UserTokenKey *key, const char *token)
{
	cjose_err error;
	cjose_jws_t *jws = has_harmless_header(token) ? cjose_jws_import(token, strlen(token), &error) : NULL;
	uint8_t *text = NULL;
	size_t length = 0;
	cJSON *claims = NULL;

	if (jws == NULL)
		return NULL;
	if (is_hs256(jws) && cjose_jws_verify(jws, key->jwk, &error) &&
	    cjose_jws_get_plaintext(jws, &text, &length, &error))
		claims = json_parse((const char *) text, length);
	cjose_jws_release(jws);
	return claims;
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

static const char *
claims_fault(const cJSON *claims, time_t now, char user_id[UUID_SIZE])
{
	const cJSON *expires = cJSON_GetObjectItemCaseSensitive(claims, "exp");
	const cJSON *not_before = cJSON_GetObjectItemCaseSensitive(claims, "nbf");

	if (!cJSON_IsNumber(expires))
		return "the token has no time of expiry";
	if (expires->valuedouble + LEEWAY_SECONDS <= (double) now)
		return "the token has expired; sign in again";
	if (not_before != NULL &&
	    (!cJSON_IsNumber(not_before) || not_before->valuedouble - LEEWAY_SECONDS > (double) now))
		return "the token is not valid yet";
	if (!is_for(cJSON_GetObjectItemCaseSensitive(claims, "aud"), "authenticated") ||
	    !is_text(cJSON_GetObjectItemCaseSensitive(claims, "role"), "authenticated"))
		return "the token is not a signed-in user's";
	if (!uuid_read(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(claims, "sub")), user_id))
		return "the token names no user";
	return NULL;
}

const char *
user_token_read(const UserTokenKey *key, const char *token, time_t now, char user_id[UUID_SIZE])
{
	bool readable = strlen(token) <= TOKEN_BYTES_MAX && is_compact_jws(token);
	cJSON *claims = readable ? verified_claims(key, token) : NULL;
	const char *fault = "the token is not valid here; sign in again";

	if (cJSON_IsObject(claims))
		fault = claims_fault(claims, now, user_id);
	cJSON_Delete(claims);
	return fault;
}
