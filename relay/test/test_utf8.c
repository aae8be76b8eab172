/* Text of strangers, repaired. */
#include "unit.h"

#include "base/utf8.h"

static void
repairs(void **state)
{
	static const struct
	{
		const char *text, *repaired;
	} cases[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"num\xe9ro", "num\xef\xbf\xbdro"},
	    {"caf\xc3\xa9", "caf\xc3\xa9"},
	    {"half \xe2\x82", "half \xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xe2\x82\xac", "\xe2\x82\xac"},
	    {"\xf0\x9f\x93\x9e", "\xf0\x9f\x93\x9e"},
	    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                 /* overlong */
	    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                 /* a surrogate */
	    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* beyond Unicode */
	    {"\xf8\x88\x80\x80\x80",
	     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* five bytes */
	};
	char copy[64];

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		utf8_copy(copy, sizeof(copy), cases[i].text);
		assert_string_equal(copy, cases[i].repaired);
	}
}

static void
cuts_between_characters(void **state)
{
	static const struct
	{
		size_t size;
		const char *text, *cut;
	} cases[] = {
	    {1, "a", ""},
	    {3, "abc", "ab"},
	    {4, "\xc3\xa9\xc3\xa9", "\xc3\xa9"},
	    {3, "a\xe9", "a"},
	    {5, "a\xe9", "a\xef\xbf\xbd"},
	};
	char copy[8];

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		utf8_copy(copy, cases[i].size, cases[i].text);
		assert_string_equal(copy, cases[i].cut);
	}
}

static void
copies_onto_itself(void **state)
{
	char text[16] = "a\xe9"
	                "b";

	(void) state;
	utf8_copy(text, sizeof(text), text);
	assert_string_equal(text, "a\xef\xbf\xbd"
	                          "b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(repairs),
	    cmocka_unit_test(cuts_between_characters),
	    cmocka_unit_test(copies_onto_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
