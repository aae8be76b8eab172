/* What may reach a parser that recurses: nothing deep, and no text with a NUL in it. */
#include "unit.h"

#include <stdbool.h>

#include "base/json.h"
#include "base/must.h"

static bool
is_read(const char *text, size_t length)
{
	cJSON *value = json_parse(text, length);

	cJSON_Delete(value);
	return value != NULL;
}

/* The value nested in so many arrays, or objects. */
static char *
nest(const char *open, const char *value, const char *close, int depth)
{
	char *text = must_copy(value);

	for (int i = 0; i < depth; i++)
	{
		char *inner = text;

		text = must_format("%s%s%s", open, inner, close);
		free(inner);
	}
	return text;
}

static void
assert_nested(const char *open, const char *close, int depth, bool good)
{
	char *text = nest(open, "7", close, depth);

	if (is_read(text, strlen(text)) != good)
		fail_msg("%s %d times: %s", open, depth, good ? "refused" : "read");
	free(text);
}

static void
bounds_the_depth(void **state)
{
	(void) state;
	assert_nested("[", "]", JSON_DEPTH_MAX, true);
	assert_nested("[", "]", JSON_DEPTH_MAX + 1, false);
	assert_nested("{\"x\":", "}", JSON_DEPTH_MAX, true);
	assert_nested("{\"x\":", "}", JSON_DEPTH_MAX + 1, false);
	assert_nested("{\"\\\"\":[", "]}", JSON_DEPTH_MAX / 2, true);
	assert_nested("{\"\\\"\":[", "]}", JSON_DEPTH_MAX / 2 + 1, false);
	assert_nested("[", "]", 5000, false);
	assert_nested("[", "", 5000, false);
	assert_nested("[\"]]]]\",", "]", JSON_DEPTH_MAX + 1, false);
}

static void
counts_neither_strings_nor_siblings(void **state)
{
	char *brackets = nest("[", "", "{", 1000);
	char *quoted = must_format("{\"to\":\"\\\"%s\\\\\"}", brackets);
	char *siblings = nest("", "7", ",[{}]", 1000);
	char *list = must_format("[%s]", siblings);

	(void) state;
	assert_true(is_read(quoted, strlen(quoted)));
	assert_true(is_read(list, strlen(list)));
	free(list);
	free(siblings);
	free(quoted);
	free(brackets);
}

static void
refuses_nul(void **state)
{
	static const char raw[] = "{\"to\":\"+44\0 20\"}";
	static const char after[] = "{\"to\":\"+44\"}\0";
	static const char *const escaped[] = {"{\"to\":\"+44\\u000020\"}", "{\"a\\u0000\":1}", "\"\\\\\\u0000\""};

	(void) state;
	assert_false(is_read(raw, sizeof(raw) - 1));
	assert_false(is_read(after, sizeof(after) - 1));
	for (size_t i = 0; i < COUNT(escaped); i++)
		assert_false(is_read(escaped[i], strlen(escaped[i])));
}

static void
reads_what_only_looks_like_nul(void **state)
{
	cJSON *value = json_parse("\"\\\\u0000\"", 9);

	(void) state;
	assert_string_equal(cJSON_GetStringValue(value), "\\u0000");
	cJSON_Delete(value);
}

static void
reads_one_whole_value(void **state)
{
	static const char *const good[] = {"{}", " [1] \r\n\t", "\"\xc3\xa9\"", "null"};
	static const char *const bad[] = {"",     " ",          "{",    "{}{}", "{} x",
	                                  "[1,]", "{\"a\":1}]", "\"\\", "]]",   "'a'"};

	(void) state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(is_read(good[i], strlen(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (is_read(bad[i], strlen(bad[i])))
			fail_msg("read: %s", bad[i]);
	/* The length counts, not what stands behind it. */
	assert_true(is_read("{}}", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bounds_the_depth),      cmocka_unit_test(counts_neither_strings_nor_siblings),
	    cmocka_unit_test(refuses_nul),           cmocka_unit_test(reads_what_only_looks_like_nul),
	    cmocka_unit_test(reads_one_whole_value),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
