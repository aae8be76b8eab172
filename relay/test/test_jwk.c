/* Which public keys are taken, and which signatures they verify. */
#include "unit.h"

#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/must.h"
#include "door/jwk.h"

#define DATA "header.payload"

static EVP_PKEY *ec, *rsa, *small_rsa;

static int
make_keys(void **state)
{
	(void) state;
	ec = EVP_EC_gen("P-256");
	rsa = EVP_RSA_gen(2048);
	small_rsa = EVP_RSA_gen(1024);
	return ec == NULL || rsa == NULL || small_rsa == NULL;
}

static int
free_keys(void **state)
{
	(void) state;
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(small_rsa);
	return 0;
}

/* A number of the key's in base64url. */
static char *
number(EVP_PKEY *key, const char *parameter, int bytes)
{
	BIGNUM *value = NULL;
	unsigned char binary[1024];
	char *text = must_alloc(2000);
	size_t length;

	assert_int_equal(EVP_PKEY_get_bn_param(key, parameter, &value), 1);
	length = bytes > 0 ? (size_t) BN_bn2binpad(value, binary, bytes) : (size_t) BN_bn2bin(value, binary);
	EVP_EncodeBlock((unsigned char *) text, binary, (int) length);
	for (char *c = text; *c != '\0'; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	BN_free(value);
	return text;
}

/* {"keys":[…]} of one key; the format has one %s for x or n, and one for y or e. */
static char *
document(EVP_PKEY *key, const char *format)
{
	bool is_ec = EVP_PKEY_is_a(key, "EC");
	char *one = number(key, is_ec ? OSSL_PKEY_PARAM_EC_PUB_X : OSSL_PKEY_PARAM_RSA_N, is_ec ? 32 : 0);
	char *other = number(key, is_ec ? OSSL_PKEY_PARAM_EC_PUB_Y : OSSL_PKEY_PARAM_RSA_E, is_ec ? 32 : 0);
	char *text = must_alloc(5000);
	const char *first = strstr(format, "%x");
	const char *second = strstr(format, "%y");

	snprintf(text, 5000, "{\"keys\":[%.*s%s%.*s%s%s]}", (int) (first - format), format, one,
	         (int) (second - first - 2), first + 2, other, second + 2);
	free(one);
	free(other);
	return text;
}

#define EC_KEY "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\"%x\",\"y\":\"%y\"}"
#define RSA_KEY "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%x\",\"e\":\"%y\"}"

static JwkSet *
read_set(EVP_PKEY *key, const char *format)
{
	char *text = document(key, format);
	JwkSet *set = jwk_set_read(text, strlen(text));

	free(text);
	return set;
}

static size_t
sign(EVP_PKEY *key, unsigned char *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = 1024;

	EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key);
	assert_int_equal(EVP_DigestSign(context, signature, &length, (const unsigned char *) DATA, strlen(DATA)),
	                 1);
	EVP_MD_CTX_free(context);
	return length;
}

/* As a token carries it: r and s side by side. */
static size_t
sign_es256(unsigned char raw[64])
{
	unsigned char der[1024];
	const unsigned char *at = der;
	size_t length = sign(ec, der);
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long) length);

	BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32);
	ECDSA_SIG_free(pair);
	return 64;
}

static void
verifies_by_its_own_algorithm_alone(void **state)
{
	JwkSet *ec_set = read_set(ec, EC_KEY);
	JwkSet *rsa_set = read_set(rsa, RSA_KEY);
	unsigned char signature[1024];
	size_t length = sign_es256(signature);

	(void) state;
	assert_null(jwk_set_find(ec_set, "other"));
	assert_true(jwk_verifies(jwk_set_find(ec_set, "k"), JWK_ES256, DATA, strlen(DATA), signature, length));
	assert_false(jwk_verifies(jwk_set_find(ec_set, "k"), JWK_RS256, DATA, strlen(DATA), signature, length));
	assert_false(
	    jwk_verifies(jwk_set_find(ec_set, "k"), JWK_ES256, DATA, strlen(DATA), signature, length - 1));
	assert_false(
	    jwk_verifies(jwk_set_find(ec_set, "k"), JWK_ES256, "other", strlen("other"), signature, length));
	memset(signature, 0, sizeof(signature));
	assert_false(jwk_verifies(jwk_set_find(ec_set, "k"), JWK_ES256, DATA, strlen(DATA), signature, 64));
	length = sign(rsa, signature);
	assert_true(jwk_verifies(jwk_set_find(rsa_set, "k"), JWK_RS256, DATA, strlen(DATA), signature, length));
	assert_false(jwk_verifies(jwk_set_find(rsa_set, "k"), JWK_ES256, DATA, strlen(DATA), signature, length));
	signature[7] ^= 1;
	assert_false(jwk_verifies(jwk_set_find(rsa_set, "k"), JWK_RS256, DATA, strlen(DATA), signature, length));
	jwk_set_release(ec_set);
	jwk_set_release(rsa_set);
}

static void
takes_keys_that_say_what_they_are_for(void **state)
{
	JwkSet *set =
	    read_set(ec, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"alg\":\"ES256\",\"use\":\"sig\","
	                 "\"key_ops\":[\"verify\"],\"x\":\"%x\",\"y\":\"%y\"},"
	                 "{\"kty\":\"oct\",\"kid\":\"secret\",\"k\":\"AAAA\"},7,null");

	(void) state;
	assert_int_equal(jwk_set_count(set), 1);
	jwk_set_release(set);
}

static void
leaves_out_what_is_no_key_for_tokens(void **state)
{
	static const char *const ec_keys[] = {
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"\",\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":7,\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"k\",\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"alg\":\"RS256\",\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"alg\":null,\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"use\":\"enc\",\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"key_ops\":[\"sign\"],\"x\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\"%x=\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\"%xA\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\"A\",\"z\":\"%x\",\"y\":\"%y\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"y\":\"%x\",\"x\":\"%y\"}",
	    "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%x\",\"e\":\"%y\"}",
	    "{\"kty\":[\"EC\"],\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\"%x\",\"y\":\"%y\"}",
	};
	static const char *const documents[] = {"",     "{}",           "[]",         "{\"keys\":[]}",
	                                        "null", "{\"keys\":7}", "{\"keys\":", "{\"keys\":[{}]}"};

	(void) state;
	for (size_t i = 0; i < COUNT(ec_keys); i++)
		if (read_set(ec, ec_keys[i]) != NULL)
			fail_msg("taken: %s", ec_keys[i]);
	for (size_t i = 0; i < COUNT(documents); i++)
		assert_null(jwk_set_read(documents[i], strlen(documents[i])));
	assert_null(read_set(small_rsa, RSA_KEY));
	assert_null(read_set(rsa, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%x\",\"e\":\"AQ\",\"f\":\"%y\"}"));
	assert_null(read_set(rsa, "{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"%x\",\"n\":\"%y\"}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verifies_by_its_own_algorithm_alone),
	    cmocka_unit_test(takes_keys_that_say_what_they_are_for),
	    cmocka_unit_test(leaves_out_what_is_no_key_for_tokens),
	};

	return cmocka_run_group_tests_name("jwk", tests, make_keys, free_keys);
}
