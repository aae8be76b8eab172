/* What a log line holds, and what it must not. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/log.h"

static FILE *capture;
static int real_stderr;

static int
start_capture(void **state)
{
	(void) state;
	capture = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	return capture == NULL || dup2(fileno(capture), STDERR_FILENO) < 0;
}

static int
stop_capture(void **state)
{
	(void) state;
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	fclose(capture);
	log_set_level(LOG_INFO);
	log_set_request_id(NULL);
	return 0;
}

/* The next line that was logged, as JSON; NULL when there is none. */
static cJSON *
next_line(void)
{
	char line[1024];

	return fgets(line, sizeof(line), capture) != NULL ? cJSON_Parse(line) : NULL;
}

static const char *
text(const cJSON *line, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
}

static void
writes_one_json_line_per_event(void **state)
{
	cJSON *line;

	(void) state;
	log_set_request_id("0123456789abcdef");
	log_warn("happened", log_text("what", "a \"thing\"\n"), log_text("absent", NULL), log_number("count", 3));
	rewind(capture);
	line = next_line();
	assert_non_null(line);
	assert_string_equal(text(line, "level"), "warn");
	assert_string_equal(text(line, "event"), "happened");
	assert_string_equal(text(line, "request"), "0123456789abcdef");
	assert_string_equal(text(line, "what"), "a \"thing\"?");
	assert_null(cJSON_GetObjectItemCaseSensitive(line, "absent"));
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(line, "count")->valueint, 3);
	assert_int_equal(strlen(text(line, "time")), strlen("2026-01-01T00:00:00.000Z"));
	cJSON_Delete(line);
	assert_null(next_line());
}

static void
masks_numbers(void **state)
{
	static const char *const numbers[][2] = {
	    {"+442079460958", "+4420******58"},
	    {"+12125550100", "+1212*****00"},
	    {"1234567", "*****67"},
	    {"12", "12"},
	    {"", ""},
	};
	cJSON *line;

	(void) state;
	for (size_t i = 0; i < COUNT(numbers); i++)
		log_info("dialed", log_phone("number", numbers[i][0]));
	rewind(capture);
	for (size_t i = 0; i < COUNT(numbers); i++)
	{
		line = next_line();
		assert_string_equal(text(line, "number"), numbers[i][1]);
		cJSON_Delete(line);
	}
}

static void
keeps_strange_bytes_out(void **state)
{
	cJSON *line;

	(void) state;
	log_info("request", log_text("path", "/\x1b[31m\xff\r\n{\"event\":\"forged\"}"));
	rewind(capture);
	line = next_line();
	assert_string_equal(text(line, "event"), "request");
	assert_string_equal(text(line, "path"), "/?[31m???{\"event\":\"forged\"}");
	cJSON_Delete(line);
	assert_null(next_line());
}

static void
respects_the_level(void **state)
{
	LogLevel level;
	cJSON *line;

	(void) state;
	assert_true(log_level_from_text("ERROR", &level));
	assert_false(log_level_from_text("loud", &level));
	log_set_level(level);
	log_warn("unheard", log_number("n", 1));
	log_error("heard", log_number("n", 2));
	rewind(capture);
	line = next_line();
	assert_string_equal(text(line, "event"), "heard");
	cJSON_Delete(line);
	assert_null(next_line());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(writes_one_json_line_per_event, start_capture, stop_capture),
	    cmocka_unit_test_setup_teardown(masks_numbers, start_capture, stop_capture),
	    cmocka_unit_test_setup_teardown(keeps_strange_bytes_out, start_capture, stop_capture),
	    cmocka_unit_test_setup_teardown(respects_the_level, start_capture, stop_capture),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
