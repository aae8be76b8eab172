/* Which of the tokens that may come along are a signed-in user's. */
#include "unit.h"

#include <stdio.h>

#include <cjose/cjose.h>

#include "base/must.h"
#include "door/user_token.h"
#include "settings/config.h"

#define SECRET "super-secret-jwt-token-with-at-least-32-characters-long"
#define USER "0d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"
#define NOW 1767225600

static char *issuer; /* SUPABASE_URL; NULL for none */

#define CLAIMS(sub, aud, role, exp)                                                                          \
	"{\"sub\":" sub ",\"aud\":" aud ",\"role\":" role ",\"exp\":" exp ",\"iat\":1767225000}"
#define GOOD_CLAIMS CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "1767229200")

static char *
sign_with(const char *algorithm, const char *secret, const char *claims, const char *critical)
{
	cjose_err error;
	cjose_header_t *header = cjose_header_new(&error);
	cjose_jwk_t *key = cjose_jwk_create_oct_spec((const uint8_t *) secret, strlen(secret), &error);
	cjose_jws_t *jws;
	const char *compact;
	char *token;

	cjose_header_set(header, CJOSE_HDR_ALG, algorithm, &error);
	if (critical != NULL)
		cjose_header_set_raw(header, "crit", critical, &error);
	jws = cjose_jws_sign(key, header, (const uint8_t *) claims, strlen(claims), &error);
	assert_non_null(jws);
	cjose_jws_export(jws, &compact, &error);
	token = must_copy(compact);
	cjose_jws_release(jws);
	cjose_jwk_release(key);
	cjose_header_release(header);
	return token;
}

static char *
sign(const char *algorithm, const char *secret, const char *claims)
{
	return sign_with(algorithm, secret, claims, NULL);
}

static const char *
read_token(const char *token, char user_id[UUID_SIZE])
{
	const Config config = {.supabase_jwt_secret = (char[]){SECRET}, .supabase_url = issuer};
	UserToken read;
	const char *fault = user_token_read(&config, NULL, token, NOW, 0, &read);

	if (fault == NULL)
		strcpy(user_id, read.user_id);
	return fault;
}

static const char *
read_claims(const char *claims, char user_id[UUID_SIZE])
{
	char *token = sign("HS256", SECRET, claims);
	const char *fault = read_token(token, user_id);

	free(token);
	return fault;
}

static void
accepts_a_signed_in_user(void **state)
{
	static const char *const claims[] = {
	    GOOD_CLAIMS,
	    CLAIMS("\"" USER "\"", "[\"other\",\"authenticated\"]", "\"authenticated\"", "1767229200"),
	    CLAIMS("\"0D9E3F2A-1B4C-4D5E-8F60-718293A4B5C6\"", "\"authenticated\"", "\"authenticated\"",
	           "1767229200"),
	    /* thirty seconds of leeway, for clocks that differ */
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "1767225571"),
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "1767229200,\"nbf\":1767225630"),
	};
	char user_id[UUID_SIZE];

	(void) state;
	for (size_t i = 0; i < COUNT(claims); i++)
	{
		assert_null(read_claims(claims[i], user_id));
		assert_string_equal(user_id, USER);
	}
}

static void
refuses_claims_of_anybody_else(void **state)
{
	static const char *const claims[] = {
	    /* the project's own keys are such tokens, without a user */
	    "{\"role\":\"anon\",\"iss\":\"supabase\",\"exp\":1767229200}",
	    "{\"role\":\"service_role\",\"iss\":\"supabase\",\"exp\":1767229200}",
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"service_role\"", "1767229200"),
	    CLAIMS("\"" USER "\"", "\"other\"", "\"authenticated\"", "1767229200"),
	    CLAIMS("\"" USER "\"", "[]", "\"authenticated\"", "1767229200"),
	    CLAIMS("\"user\"", "\"authenticated\"", "\"authenticated\"", "1767229200"),
	    CLAIMS("7", "\"authenticated\"", "\"authenticated\"", "1767229200"),
	    CLAIMS("null", "\"authenticated\"", "\"authenticated\"", "1767229200"),
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "1767225570"),
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "\"1767229200\""),
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "1767229200,\"nbf\":1767225631"),
	    CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"", "1767229200,\"nbf\":\"x\""),
	    "{\"sub\":\"" USER "\",\"aud\":\"authenticated\",\"role\":\"authenticated\"}",
	    "[]",
	    "not JSON",
	};
	char user_id[UUID_SIZE];

	(void) state;
	for (size_t i = 0; i < COUNT(claims); i++)
		if (read_claims(claims[i], user_id) == NULL)
			fail_msg("accepted: %s", claims[i]);
}

static void
wants_the_issuer_that_is_set(void **state)
{
	char user_id[UUID_SIZE];

	(void) state;
	issuer = (char[]){"https://x.example.org"};
	assert_non_null(read_claims(GOOD_CLAIMS, user_id));
	assert_non_null(read_claims(CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"",
	                                   "1767229200,\"iss\":\"https://x.example.org\""),
	                            user_id));
	assert_non_null(read_claims(CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"",
	                                   "1767229200,\"iss\":\"https://x.example.org/auth/v1/\""),
	                            user_id));
	assert_null(read_claims(CLAIMS("\"" USER "\"", "\"authenticated\"", "\"authenticated\"",
	                               "1767229200,\"iss\":\"https://x.example.org/auth/v1\""),
	                        user_id));
	issuer = NULL;
}

static void
refuses_other_keys_and_algorithms(void **state)
{
	char *other_key = sign("HS256", "another-secret-of-more-than-32-characters", GOOD_CLAIMS);
	char *other_hash = sign("HS512", SECRET, GOOD_CLAIMS);
	char user_id[UUID_SIZE];

	(void) state;
	assert_non_null(read_token(other_key, user_id));
	assert_non_null(read_token(other_hash, user_id));
	free(other_key);
	free(other_hash);
}

static void
refuses_unsigned_tokens(void **state)
{
	char *good = sign("HS256", SECRET, GOOD_CLAIMS);
	char *payload = must_copy(strchr(good, '.'));
	char *none, *stripped;
	char user_id[UUID_SIZE];

	(void) state;
	*strrchr(payload, '.') = '\0';
	none = must_format("eyJhbGciOiJub25lIn0%s.", payload); /* {"alg":"none"} */
	stripped = must_format("eyJhbGciOiJIUzI1NiJ9%s.", payload);
	assert_non_null(read_token(none, user_id));
	assert_non_null(read_token(stripped, user_id));
	free(stripped);
	free(none);
	free(payload);
	free(good);
}

static void
refuses_critical_extensions(void **state)
{
	char *token = sign_with("HS256", SECRET, GOOD_CLAIMS, "[\"x\"]");
	char user_id[UUID_SIZE];

	(void) state;
	assert_non_null(read_token(token, user_id));
	free(token);
}

static void
refuses_a_token_changed_anywhere(void **state)
{
	char *token = sign("HS256", SECRET, GOOD_CLAIMS);
	char user_id[UUID_SIZE];

	(void) state;
	for (char *c = token; *c != '\0'; c++)
	{
		char was = *c;

		if (was == '.')
			continue;
		*c = was == 'A' ? 'B' : 'A';
		if (read_token(token, user_id) == NULL)
			fail_msg("accepted with byte %d changed", (int) (c - token));
		*c = was;
	}
	free(token);
}

static void
refuses_what_is_no_token(void **state)
{
	/* Padding, lengths that base64url cannot have, bits that count for nothing. */
	static const char *const texts[] = {"",           ".",          "..",        "...",
	                                    "a.b.c",      "e30.e30.",   "A=",        "AAAAA===.e30.AA",
	                                    "e30.A=.AA",  "e30.e30.A=", "e30.e30.A", "e30.e30.AA.AA",
	                                    "e30.e30.AB", ".e30.AA",    "e30..AA",   "\xff\xfe.\x01.\x02"};
	char user_id[UUID_SIZE];
	char *long_text = must_alloc(100001);

	(void) state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_non_null(read_token(texts[i], user_id));
	memset(long_text, 'a', 100000);
	assert_non_null(read_token(long_text, user_id));
	free(long_text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts_a_signed_in_user),
	    cmocka_unit_test(refuses_claims_of_anybody_else),
	    cmocka_unit_test(wants_the_issuer_that_is_set),
	    cmocka_unit_test(refuses_other_keys_and_algorithms),
	    cmocka_unit_test(refuses_unsigned_tokens),
	    cmocka_unit_test(refuses_critical_extensions),
	    cmocka_unit_test(refuses_a_token_changed_anywhere),
	    cmocka_unit_test(refuses_what_is_no_token),
	};

	return cmocka_run_group_tests_name("user_token", tests, NULL, NULL);
}
