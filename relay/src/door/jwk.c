/*
 * jwk.c
 *		Reading keys with care, and OpenSSL's verification.
 */
#include "door/jwk.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/must.h"

#define KEYS_MAX 32
#define KID_BYTES_MAX 255
#define COORDINATE_BYTES 32
#define RSA_BITS_MIN 2048 /* RFC 7518 section 3.3 */
#define RSA_BITS_MAX 8192
#define EXPONENT_BYTES_MAX 8
#define NUMBER_CHARACTERS_MAX (RSA_BITS_MAX / 6 + 2)

struct Jwk
{
	char *kid;
	JwkAlgorithm algorithm;
	EVP_PKEY *key;
};

struct JwkSet
{
	atomic_int users;
	int count;
	Jwk keys[KEYS_MAX];
};

/* A member that is a number in base64url: its bytes, or -1. */
static ssize_t
read_number(const cJSON *object, const char *name, unsigned char *bytes)
{
	const char *text = json_text(object, name);
	size_t length = text != NULL ? strlen(text) : 0;

	return length > 0 && length <= NUMBER_CHARACTERS_MAX ? base64url_decode(text, length, bytes) : -1;
}

static EVP_PKEY *
make_key(const char *type, OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = must(EVP_PKEY_CTX_new_from_name(NULL, type, NULL));
	EVP_PKEY *key = NULL;

	if (EVP_PKEY_fromdata_init(context) <= 0 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

/* OpenSSL itself refuses a point that is not on the curve. */
static EVP_PKEY *
read_ec_key(const cJSON *object)
{
	const char *curve = json_text(object, "crv");
	unsigned char number[BASE64URL_BYTES(NUMBER_CHARACTERS_MAX)];
	unsigned char point[1 + 2 * COORDINATE_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"P-256"}, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
	    OSSL_PARAM_construct_end(),
	};

	if (curve == NULL || strcmp(curve, "P-256") != 0 || read_number(object, "x", number) != COORDINATE_BYTES)
		return NULL;
	memcpy(point + 1, number, COORDINATE_BYTES);
	if (read_number(object, "y", number) != COORDINATE_BYTES)
		return NULL;
	memcpy(point + 1 + COORDINATE_BYTES, number, COORDINATE_BYTES);
	return make_key("EC", parameters);
}

static EVP_PKEY *
read_rsa_key(const cJSON *object)
{
	unsigned char modulus[BASE64URL_BYTES(NUMBER_CHARACTERS_MAX)];
	unsigned char exponent[BASE64URL_BYTES(NUMBER_CHARACTERS_MAX)];
	ssize_t modulus_bytes = read_number(object, "n", modulus);
	ssize_t exponent_bytes = read_number(object, "e", exponent);
	BIGNUM *n, *e;
	EVP_PKEY *key = NULL;

	if (modulus_bytes <= 0 || exponent_bytes <= 0 || exponent_bytes > EXPONENT_BYTES_MAX)
		return NULL;
	n = must(BN_bin2bn(modulus, modulus_bytes, NULL));
	e = must(BN_bin2bn(exponent, exponent_bytes, NULL));
	if (BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= RSA_BITS_MAX && BN_is_odd(n) && BN_is_odd(e) &&
	    !BN_is_one(e))
	{
		OSSL_PARAM_BLD *builder = must(OSSL_PARAM_BLD_new());
		OSSL_PARAM *parameters;

		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
		parameters = must(OSSL_PARAM_BLD_to_param(builder));
		key = make_key("RSA", parameters);
		OSSL_PARAM_free(parameters);
		OSSL_PARAM_BLD_free(builder);
	}
	BN_free(n);
	BN_free(e);
	return key;
}

/* Whether the member is absent, or that text. */
static bool
agrees(const cJSON *object, const char *name, const char *text)
{
	const char *found = json_text(object, name);

	return cJSON_GetObjectItemCaseSensitive(object, name) == NULL ||
	       (found != NULL && strcmp(found, text) == 0);
}

static bool
is_for_verifying(const cJSON *object)
{
	const cJSON *operations = cJSON_GetObjectItemCaseSensitive(object, "key_ops");
	const cJSON *operation;

	if (!agrees(object, "use", "sig"))
		return false;
	if (operations == NULL)
		return true;
	cJSON_ArrayForEach(operation, operations) if (cJSON_IsString(operation) &&
	                                              strcmp(operation->valuestring, "verify") == 0) return true;
	return false;
}

static bool
read_key(const cJSON *object, Jwk *jwk)
{
	const char *type = json_text(object, "kty");
	const char *kid = json_text(object, "kid");

	*jwk = (Jwk){0};
	if (type == NULL || kid == NULL || kid[0] == '\0' || strlen(kid) > KID_BYTES_MAX ||
	    !is_for_verifying(object))
		return false;
	if (strcmp(type, "EC") == 0 && agrees(object, "alg", "ES256"))
		*jwk = (Jwk){.algorithm = JWK_ES256, .key = read_ec_key(object)};
	else if (strcmp(type, "RSA") == 0 && agrees(object, "alg", "RS256"))
		*jwk = (Jwk){.algorithm = JWK_RS256, .key = read_rsa_key(object)};
	if (jwk->key == NULL)
		return false;
	jwk->kid = must_copy(kid);
	return true;
}

JwkSet *
jwk_set_read(const char *text, size_t length)
{
	cJSON *document = json_parse(text, length);
	const cJSON *object;
	JwkSet *set = must_alloc(sizeof(JwkSet));

	atomic_init(&set->users, 1);
	cJSON_ArrayForEach(object, cJSON_GetObjectItemCaseSensitive(document, "keys"))
	{
		if (set->count < KEYS_MAX && cJSON_IsObject(object) && read_key(object, &set->keys[set->count]))
			set->count++;
	}
	cJSON_Delete(document);
	if (set->count > 0)
		return set;
	jwk_set_release(set);
	return NULL;
}

JwkSet *
jwk_set_keep(JwkSet *set)
{
	if (set != NULL)
		atomic_fetch_add(&set->users, 1);
	return set;
}

void
jwk_set_release(JwkSet *set)
{
	if (set == NULL || atomic_fetch_sub(&set->users, 1) > 1)
		return;
	for (int i = 0; i < set->count; i++)
	{
		free(set->keys[i].kid);
		EVP_PKEY_free(set->keys[i].key);
	}
	free(set);
}

int
jwk_set_count(const JwkSet *set)
{
	return set != NULL ? set->count : 0;
}

const Jwk *
jwk_set_find(const JwkSet *set, const char *kid)
{
	for (int i = 0; i < jwk_set_count(set); i++)
		if (strcmp(set->keys[i].kid, kid) == 0)
			return &set->keys[i];
	return NULL;
}

/* r and s side by side, as OpenSSL wants them: DER. NULL when they are none. */
static unsigned char *
der_of_es256(const unsigned char *signature, size_t length, int *der_length)
{
	ECDSA_SIG *pair;
	unsigned char *der = NULL;

	if (length != 2 * COORDINATE_BYTES)
		return NULL;
	pair = must(ECDSA_SIG_new());
	ECDSA_SIG_set0(pair, must(BN_bin2bn(signature, COORDINATE_BYTES, NULL)),
	               must(BN_bin2bn(signature + COORDINATE_BYTES, COORDINATE_BYTES, NULL)));
	*der_length = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return der;
}

static bool
verify(EVP_PKEY *key, const char *data, size_t length, const unsigned char *signature,
       size_t signature_length)
{
	EVP_MD_CTX *context = must(EVP_MD_CTX_new());
	bool good =
	    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(context, signature, signature_length, (const unsigned char *) data, length) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

bool
jwk_verifies(const Jwk *jwk, JwkAlgorithm algorithm, const char *data, size_t length,
             const unsigned char *signature, size_t signature_length)
{
	unsigned char *der;
	int der_length = 0;
	bool good;

	if (jwk->algorithm != algorithm)
		return false;
	if (algorithm == JWK_RS256)
		return verify(jwk->key, data, length, signature, signature_length);
	der = der_of_es256(signature, signature_length, &der_length);
	good = der != NULL && verify(jwk->key, data, length, der, (size_t) der_length);
	OPENSSL_free(der);
	return good;
}
