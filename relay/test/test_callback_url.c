/* The URLs that Twilio is given. */
#include "unit.h"

#include "settings/config.h"
#include "twilio/callback_url.h"

#define USER "0d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"
#define CALL "7a9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"

static void
carries_user_and_call(void **state)
{
	Config config = {.public_url = "https://relay.example.org/base"};
	char *without = callback_url(&config, PATH_STATUS, USER, NULL, NULL);
	char *with = callback_url(&config, PATH_TWIML, USER, CALL, "+442079460958");

	(void) state;
	assert_string_equal(without, "https://relay.example.org/base/api/twilio/status-callback?user=" USER
	                             "#rc=3&rp=all");
	assert_string_equal(with, "https://relay.example.org/base/api/twilio/twiml?user=" USER "&call=" CALL
	                          "&to=%2B442079460958#rc=3&rp=all");
	free(without);
	free(with);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(carries_user_and_call),
	};

	return cmocka_run_group_tests_name("callback_url", tests, NULL, NULL);
}
