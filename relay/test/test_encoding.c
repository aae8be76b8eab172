/* Which content codings a client takes. */
#include "page/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
names_are_found(void **state)
{
	(void) state;
	assert_true(encoding_accepted("br", "br"));
	assert_true(encoding_accepted("gzip, deflate, br", "br"));
	assert_true(encoding_accepted("gzip,br;q=0.5", "br"));
	assert_true(encoding_accepted(" GZIP ;q=1", "gzip"));
	assert_false(encoding_accepted("gzip, brotli", "br"));
	assert_false(encoding_accepted("xgzip", "gzip"));
	assert_false(encoding_accepted("", "gzip"));
	assert_false(encoding_accepted(NULL, "gzip"));
}

static void
no_weight_is_a_refusal(void **state)
{
	(void) state;
	assert_false(encoding_accepted("br;q=0, gzip", "br"));
	assert_false(encoding_accepted("gzip, br ; q=0.000", "br"));
	assert_true(encoding_accepted("gzip;q=0, br;q=0.001", "br"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_found),
	    cmocka_unit_test(no_weight_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
