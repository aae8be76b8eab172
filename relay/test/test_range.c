/* Parts of a recording that a player asks for. */
#include "unit.h"

#include "http/range.h"

static void
reads_one_range(void **state)
{
	static const struct
	{
		const char *header;
		long long first, last;
	} cases[] = {
	    {"bytes=0-", 0, 99},      {"bytes=0-0", 0, 0},   {"bytes=10-19", 10, 19},
	    {"bytes=90-500", 90, 99}, {"bytes=-10", 90, 99}, {"bytes=-500", 0, 99},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		ByteRange range;

		assert_true(range_read(cases[i].header, &range));
		assert_true(range_resolve(&range, 100));
		assert_int_equal(range.first, cases[i].first);
		assert_int_equal(range.last, cases[i].last);
	}
}

static void
takes_any_other_for_none(void **state)
{
	static const char *const headers[] = {NULL,
	                                      "",
	                                      "bytes=",
	                                      "bytes=-",
	                                      "bytes=-0",
	                                      "bytes=5-4",
	                                      "bytes=a-b",
	                                      "bytes=0-1,3-4",
	                                      "items=0-1",
	                                      "bytes=0 - 1",
	                                      "bytes=99999999999999999999-"};
	ByteRange range;

	(void) state;
	for (size_t i = 0; i < COUNT(headers); i++)
		assert_false(range_read(headers[i], &range));
}

static void
finds_no_part_beyond_the_end(void **state)
{
	ByteRange range;

	(void) state;
	assert_true(range_read("bytes=100-", &range));
	assert_false(range_resolve(&range, 100));
	assert_true(range_read("bytes=0-", &range));
	assert_false(range_resolve(&range, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_one_range),
	    cmocka_unit_test(takes_any_other_for_none),
	    cmocka_unit_test(finds_no_part_beyond_the_end),
	};

	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
