/* How many may come, and when again. */
#include "unit.h"

#include "door/rate_limit.h"

static void
admits_a_minute_full_at_once(void **state)
{
	(void) state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_limit_take("a", "user", 4, 5), 0);
	assert_in_range(rate_limit_take("a", "user", 4, 5), 11, 12);
	assert_in_range(rate_limit_take("a", "user", 4, 5), 11, 12);
	assert_int_equal(rate_limit_take("a", "other", 5, 5), 0);
	assert_int_equal(rate_limit_take("b", "user", 4, 5), 0);
}

static void
knows_no_limit_of_zero(void **state)
{
	(void) state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(rate_limit_take("zero", "user", 4, 0), 0);
}

/* A stranger with many keys must not make the relay forget one that is limited. */
static void
keeps_the_emptiest_buckets(void **state)
{
	(void) state;
	for (int i = 0; i < 6; i++)
		rate_limit_take("kept", "user", 4, 5);
	for (int i = 0; i < 200000; i++)
		rate_limit_take("kept", &i, sizeof(i), 5);
	assert_true(rate_limit_take("kept", "user", 4, 5) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(admits_a_minute_full_at_once),
	    cmocka_unit_test(knows_no_limit_of_zero),
	    cmocka_unit_test(keeps_the_emptiest_buckets),
	};

	return cmocka_run_group_tests_name("rate_limit", tests, NULL, NULL);
}
