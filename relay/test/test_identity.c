/* uuid to Twilio identity and back. */
#include "unit.h"

#include "twilio/identity.h"

#define USER "0d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"
#define CLIENT "client:u_0d9e3f2a1b4c4d5e8f60718293a4b5c6"

static void
goes_there_and_back(void **state)
{
	char identity[IDENTITY_SIZE];
	char user_id[UUID_SIZE];

	(void) state;
	identity_of_user(USER, identity);
	assert_string_equal(identity, "u_0d9e3f2a1b4c4d5e8f60718293a4b5c6");
	assert_true(identity_read_client(CLIENT, user_id));
	assert_string_equal(user_id, USER);
}

static void
refuses_what_is_no_client_of_ours(void **state)
{
	static const char *const clients[] = {
	    "",
	    "client:",
	    "client:u_",
	    "client:user_42",
	    "+442071838750",
	    "u_0d9e3f2a1b4c4d5e8f60718293a4b5c6",
	    CLIENT "0",
	    "client:u_0d9e3f2a1b4c4d5e8f60718293a4b5c",
	    "client:u_0D9E3F2A1B4C4D5E8F60718293A4B5C6",
	    "client:u_0d9e3f2a1b4c4d5e8f60718293a4b5g6",
	    "Client:u_0d9e3f2a1b4c4d5e8f60718293a4b5c6",
	};
	char user_id[UUID_SIZE];

	(void) state;
	assert_false(identity_read_client(NULL, user_id));
	for (size_t i = 0; i < COUNT(clients); i++)
		assert_false(identity_read_client(clients[i], user_id));
}

static void
reads_uuids(void **state)
{
	static const char *const others[] = {
	    "",
	    "0d9e3f2a1b4c4d5e8f60718293a4b5c6",
	    USER "0",
	    "{0d9e3f2a-1b4c-4d5e-8f60-718293a4b5c}",
	    "0d9e3f2a-1b4c-4d5e-8f60-718293a4b5cg",
	    "0d9e3f2a--1b4c-4d5e-8f60-718293a4b5c",
	};
	char user_id[UUID_SIZE];

	(void) state;
	assert_true(uuid_read("0D9E3F2A-1B4C-4D5E-8F60-718293A4B5C6", user_id));
	assert_string_equal(user_id, USER);
	assert_false(uuid_read(NULL, user_id));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(uuid_read(others[i], user_id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(goes_there_and_back),
	    cmocka_unit_test(refuses_what_is_no_client_of_ours),
	    cmocka_unit_test(reads_uuids),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
