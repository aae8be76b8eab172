/* Five tokens a minute for each user. */
#include "unit.h"

#include <stdio.h>

#include "door/token_limiter.h"

static void
admits_five_of_each_user(void **state)
{
	TokenLimiter *limiter = token_limiter_open();

	(void) state;
	for (int i = 0; i < 5; i++)
	{
		assert_int_equal(token_limiter_admit(limiter, "0d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"), 0);
		assert_int_equal(token_limiter_admit(limiter, "1d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"), 0);
	}
	assert_in_range(token_limiter_admit(limiter, "0d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"), 55, 60);
	assert_in_range(token_limiter_admit(limiter, "1d9e3f2a-1b4c-4d5e-8f60-718293a4b5c6"), 55, 60);
	token_limiter_close(limiter);
}

static void
stands_more_users_than_it_can_remember(void **state)
{
	TokenLimiter *limiter = token_limiter_open();
	char user_id[37];

	(void) state;
	for (int i = 0; i < 100000; i++)
	{
		snprintf(user_id, sizeof(user_id), "%08x-1b4c-4d5e-8f60-718293a4b5c6", i);
		assert_int_equal(token_limiter_admit(limiter, user_id), 0);
	}
	token_limiter_close(limiter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(admits_five_of_each_user),
	    cmocka_unit_test(stands_more_users_than_it_can_remember),
	};

	return cmocka_run_group_tests_name("token_limiter", tests, NULL, NULL);
}
