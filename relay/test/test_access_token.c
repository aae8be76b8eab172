/* Twilio access tokens, against one that Twilio's own Node package made. */
#include "unit.h"

#include "twilio/access_token.h"

static AccessTokenGrant
example(void)
{
	return (AccessTokenGrant){
	    .account_sid = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .api_key = "SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
	    .api_secret = "test_api_secret_0123456789abcdef",
	    .app_sid = "APcccccccccccccccccccccccccccccccc",
	    .identity = "user_42",
	    .incoming = false,
	    .issued_at = 1767225600,
	    .ttl_seconds = 3600,
	};
}

static void
makes_the_same_token_as_twilio(void **state)
{
	AccessTokenGrant grant = example();
	char *token = access_token_make(&grant);

	(void) state;
	assert_string_equal(
	    token,
	    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImN0eSI6InR3aWxpby1mcGE7dj0xIn0."
	    "eyJqdGkiOiJTS2JiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiLTE3NjcyMjU2MDAiLCJncmFudHMiOnsiaWRlbnRpdHkiOiJ1"
	    "c2VyXzQyIiwidm9pY2UiOnsib3V0Z29pbmciOnsiYXBwbGljYXRpb25fc2lkIjoiQVBjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
	    "Y2NjYyJ9fX0sIm5iZiI6MTc2NzIyNTYwMCwiaWF0IjoxNzY3MjI1NjAwLCJleHAiOjE3NjcyMjkyMDAsImlzcyI6IlNLYmJiYmJiYmJi"
	    "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmIiLCJzdWIiOiJBQ2FhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIn0."
	    "jLjaACzwjt_iobFzG1ThirNnujD6KlhB6ZsM00qazi4");
	free(token);
}

static void
grants_incoming_calls_only_when_asked(void **state)
{
	AccessTokenGrant grant = example();
	char *without = access_token_make(&grant);
	char *with;

	(void) state;
	grant.incoming = true;
	with = access_token_make(&grant);
	assert_true(strlen(with) > strlen(without));
	free(with);
	free(without);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_the_same_token_as_twilio),
	    cmocka_unit_test(grants_incoming_calls_only_when_asked),
	};

	return cmocka_run_group_tests_name("access_token", tests, NULL, NULL);
}
