/*
 * user_token_fuzz.c
 *		Any bytes as a user's token, and any bytes as the header and claims of one that is signed: none is taken that is not
 *		signed, and of those that are only what names a user.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/must.h"
#include "door/user_token.h"
#include "settings/config.h"

#define SECRET "a-secret-of-the-fuzzer-with-32-characters-at-least"
#define HEADER "eyJhbGciOiJIUzI1NiJ9" /* {"alg":"HS256"} */

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
base64url(const unsigned char *bytes, size_t length)
{
	char *text = must_alloc(length * 4 / 3 + 5);

	EVP_EncodeBlock((unsigned char *) text, bytes, (int) length);
	for (char *c = text; *c != '\0'; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	return text;
}

static char *
sign(const uint8_t *claims, size_t size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = sizeof(digest);
	char *payload = base64url(claims, size);
	char *text = must_format(HEADER ".%s", payload);
	char *signature, *token;

	HMAC(EVP_sha256(), SECRET, (int) strlen(SECRET), (const unsigned char *) text, strlen(text), digest,
	     &length);
	signature = base64url(digest, length);
	token = must_format("%s.%s", text, signature);
	free(payload);
	free(text);
	free(signature);
	return token;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Config config = {.supabase_jwt_secret = (char[]){SECRET}};
	char *token = must_alloc(size + 1);
	char user_id[UUID_SIZE];
	UserToken read;

	memcpy(token, data, size);
	if (user_token_read(&config, NULL, token, 1767225600, 0, &read) == NULL)
		abort();
	free(token);
	token = sign(data, size);
	if (user_token_read(&config, NULL, token, 1767225600, 0, &read) == NULL &&
	    !uuid_read(read.user_id, user_id))
		abort();
	free(token);
	return 0;
}
