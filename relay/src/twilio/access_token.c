/*
 * access_token.c
 *		Twilio access tokens, signed by cjose.
 */
#include "twilio/access_token.h"

#include <stdlib.h>
#include <string.h>

#include <cjose/cjose.h>
#include <cjson/cJSON.h>

#include "base/must.h"

static cJSON *
make_grants(const AccessTokenGrant *grant)
{
	cJSON *grants = must(cJSON_CreateObject());
	cJSON *voice;

	cJSON_AddStringToObject(grants, "identity", grant->identity);
	voice = cJSON_AddObjectToObject(grants, "voice");
	if (grant->incoming)
		cJSON_AddBoolToObject(cJSON_AddObjectToObject(voice, "incoming"), "allow", true);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(voice, "outgoing"), "application_sid", grant->app_sid);
	return grants;
}

static char *
make_payload(const AccessTokenGrant *grant)
{
	cJSON *payload = must(cJSON_CreateObject());
	char *id = must_format("%s-%lld", grant->api_key, (long long) grant->issued_at);
	char *text;

	cJSON_AddStringToObject(payload, "jti", id);
	cJSON_AddItemToObject(payload, "grants", make_grants(grant));
	cJSON_AddNumberToObject(payload, "nbf", (double) grant->issued_at);
	cJSON_AddNumberToObject(payload, "iat", (double) grant->issued_at);
	cJSON_AddNumberToObject(payload, "exp", (double) (grant->issued_at + grant->ttl_seconds));
	cJSON_AddStringToObject(payload, "iss", grant->api_key);
	cJSON_AddStringToObject(payload, "sub", grant->account_sid);
	text = must(cJSON_PrintUnformatted(payload));
	cJSON_Delete(payload);
	free(id);
	return text;
}

static cjose_header_t *
make_header(void)
{
	cjose_err error;
	cjose_header_t *header = must(cjose_header_new(&error));

	cjose_header_set(header, CJOSE_HDR_ALG, "HS256", &error);
	cjose_header_set(header, "typ", "JWT", &error);
	cjose_header_set(header, CJOSE_HDR_CTY, "twilio-fpa;v=1", &error);
	return header;
}

char *
access_token_make(const AccessTokenGrant *grant)
{
	cjose_err error;
	char *payload = make_payload(grant);
	cjose_header_t *header = make_header();
	cjose_jwk_t *key = must(
	    cjose_jwk_create_oct_spec((const uint8_t *) grant->api_secret, strlen(grant->api_secret), &error));
	cjose_jws_t *jws = must(cjose_jws_sign(key, header, (const uint8_t *) payload, strlen(payload), &error));
	const char *compact = NULL;
	char *token;

	cjose_jws_export(jws, &compact, &error);
	token = must_copy(must((void *) compact));
	cjose_jws_release(jws);
	cjose_jwk_release(key);
	cjose_header_release(header);
	free(payload);
	return token;
}
