/* Decoding of urlencoded forms. */
#include "unit.h"

#include "base/form.h"

static Form
parse(const char *text)
{
	return form_parse(text, strlen(text));
}

static void
decodes_pairs(void **state)
{
	Form form = parse("To=%2B44+20&From=client%3Au_1&Empty=&Bare&a=b=c");

	(void) state;
	assert_int_equal(form.count, 5);
	assert_string_equal(form_value(&form, "To"), "+44 20");
	assert_string_equal(form_value(&form, "From"), "client:u_1");
	assert_string_equal(form_value(&form, "Empty"), "");
	assert_string_equal(form_value(&form, "Bare"), "");
	assert_string_equal(form_value(&form, "a"), "b=c");
	assert_null(form_value(&form, "to"));
	form_free(&form);
}

static void
decodes_utf8_and_both_kinds_of_space(void **state)
{
	Form form = parse("ToCity=S%C3%A3o%20Paulo&Other=S%c3%a3o+Paulo");

	(void) state;
	assert_string_equal(form_value(&form, "ToCity"), "S\xc3\xa3o Paulo");
	assert_string_equal(form_value(&form, "Other"), "S\xc3\xa3o Paulo");
	form_free(&form);
}

static void
leaves_a_broken_escape_as_it_is(void **state)
{
	Form form = parse("a=%zz&b=100%&c=%4&d=%%41");

	(void) state;
	assert_string_equal(form_value(&form, "a"), "%zz");
	assert_string_equal(form_value(&form, "b"), "100%");
	assert_string_equal(form_value(&form, "c"), "%4");
	assert_string_equal(form_value(&form, "d"), "%A");
	form_free(&form);
}

static void
keeps_repeated_names_and_skips_empty_pairs(void **state)
{
	Form form = parse("&&a=1&&a=2&");

	(void) state;
	assert_int_equal(form.count, 2);
	assert_string_equal(form_value(&form, "a"), "1");
	assert_string_equal(form.fields[1].value, "2");
	form_free(&form);
}

static void
keeps_nul_bytes_but_gives_no_such_value(void **state)
{
	Form form = parse("a=x%00y&b=1");

	(void) state;
	assert_int_equal(form.fields[0].value_length, 3);
	assert_memory_equal(form.fields[0].value, "x\0y", 3);
	assert_null(form_value(&form, "a"));
	assert_string_equal(form_value(&form, "b"), "1");
	form_free(&form);
}

static void
takes_nothing(void **state)
{
	Form form = parse("");

	(void) state;
	assert_int_equal(form.count, 0);
	assert_null(form_value(&form, ""));
	form_free(&form);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decodes_pairs),
	    cmocka_unit_test(decodes_utf8_and_both_kinds_of_space),
	    cmocka_unit_test(leaves_a_broken_escape_as_it_is),
	    cmocka_unit_test(keeps_repeated_names_and_skips_empty_pairs),
	    cmocka_unit_test(keeps_nul_bytes_but_gives_no_such_value),
	    cmocka_unit_test(takes_nothing),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
