/*
 * twilio_signature.c
 *		Twilio's request signature: base64 of HMAC-SHA1 over the URL and the sorted form fields.
 */
#include "twilio/twilio_signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "base/must.h"

#define SIGNATURE_LENGTH 28 /* base64 of the 20 bytes of SHA-1 */

/* A URL in the pieces in which a signed form may differ from a received one. */
typedef struct UrlParts
{
	int scheme_length; /* with :// */
	const char *host;
	int host_length;
	const char *port; /* with its colon */
	int port_length;
	const char *rest; /* path and query */
	bool websocket;
} UrlParts;

static bool
has_scheme(const char *url, const char *scheme)
{
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

static bool
split_url(const char *url, UrlParts *parts)
{
	const char *authority = strstr(url, "://");
	const char *end, *user_end, *colon;

	if (authority == NULL)
		return false;
	authority += 3;
	end = authority + strcspn(authority, "/?#");
	user_end = memrchr(authority, '@', end - authority);
	parts->scheme_length = (int) (authority - url);
	parts->host = user_end != NULL ? user_end + 1 : authority;
	colon = memrchr(parts->host, ':', end - parts->host);
	/* The colons of an IPv6 address stand inside brackets. */
	if (colon != NULL && memchr(colon, ']', end - colon) != NULL)
		colon = NULL;
	parts->websocket = has_scheme(url, "ws://") || has_scheme(url, "wss://");
	parts->rest = end;
	if (colon != NULL)
	{
		parts->port = colon;
		parts->port_length = (int) (end - colon);
		parts->host_length = (int) (colon - parts->host);
		return true;
	}
	parts->port = has_scheme(url, "https://") || has_scheme(url, "wss://") ? ":443" : ":80";
	parts->port_length = (int) strlen(parts->port);
	parts->host_length = (int) (end - parts->host);
	return true;
}

/* Byte order, the shorter first when one begins with the other. */
static int
compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static int
compare_fields(const void *left, const void *right)
{
	const FormField *a = left;
	const FormField *b = right;
	int order = compare_bytes(a->name, a->name_length, b->name, b->name_length);

	return order != 0 ? order : compare_bytes(a->value, a->value_length, b->value, b->value_length);
}

/* Writes the fields as they are signed: sorted, names and values end to end, a pair that is repeated only
 * once. */
static void
write_fields(FILE *out, const Form *form)
{
	FormField *sorted = must_alloc(form->count * sizeof(FormField));

	if (form->count > 0)
		memcpy(sorted, form->fields, form->count * sizeof(FormField));
	qsort(sorted, form->count, sizeof(FormField), compare_fields);
	for (size_t i = 0; i < form->count; i++)
	{
		if (i > 0 && compare_fields(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		fwrite(sorted[i].name, 1, sorted[i].name_length, out);
		fwrite(sorted[i].value, 1, sorted[i].value_length, out);
	}
	free(sorted);
}

static bool
signs(const char *auth_token, const char *text, size_t length, const char *signature)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char expected[SIGNATURE_LENGTH + 1];
	unsigned int digest_length = 0;

	must(HMAC(EVP_sha1(), auth_token, (int) strlen(auth_token), (const unsigned char *) text, length, digest,
	          &digest_length));
	EVP_EncodeBlock(expected, digest, (int) digest_length);
	return CRYPTO_memcmp(expected, signature, SIGNATURE_LENGTH) == 0;
}

/* Tries one form of the URL: with or without the port, and, for a WebSocket, with or without a slash at its
 * end. */
static bool
variant_valid(const char *auth_token, const char *url, const UrlParts *parts, const Form *form,
              const char *signature, bool with_port, bool toggle_slash)
{
	size_t rest_length = strlen(parts->rest);
	bool slash_at_end = rest_length > 0 && parts->rest[rest_length - 1] == '/';
	char *text = NULL;
	size_t length = 0;
	FILE *out = must(open_memstream(&text, &length));
	bool valid;

	fprintf(out, "%.*s%.*s", parts->scheme_length, url, parts->host_length, parts->host);
	if (with_port)
		fprintf(out, "%.*s", parts->port_length, parts->port);
	fwrite(parts->rest, 1, rest_length - (toggle_slash && slash_at_end), out);
	if (toggle_slash && !slash_at_end)
		fputc('/', out);
	if (form != NULL)
		write_fields(out, form);
	fclose(out);
	valid = signs(auth_token, text, length, signature);
	free(text);
	return valid;
}

bool
twilio_signature_valid(const char *auth_token, const char *url, const Form *form, const char *signature)
{
	UrlParts parts;

	if (signature == NULL || strlen(signature) != SIGNATURE_LENGTH || !split_url(url, &parts))
		return false;
	for (int variant = 0; variant < (parts.websocket ? 4 : 2); variant++)
		if (variant_valid(auth_token, url, &parts, form, signature, variant & 1, variant & 2))
			return true;
	return false;
}

bool
twilio_body_hash_valid(const Form *query, const char *body, size_t length)
{
	const char *announced = form_value(query, "bodySHA256");
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_DIGEST_LENGTH + 1];

	if (announced == NULL || strlen(announced) != sizeof(hex) - 1)
		return false;
	SHA256((const unsigned char *) body, length, digest);
	hex_encode(digest, sizeof(digest), hex);
	return CRYPTO_memcmp(hex, announced, sizeof(hex) - 1) == 0;
}
