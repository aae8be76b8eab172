/* What is said aloud: English, and what a file says otherwise. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/must.h"
#include "settings/sentences.h"

/* The sentences of a file with these lines; NULL and the problems otherwise, which are to be freed. */
static Sentences *
load(const char *lines, char **problems)
{
	char path[] = "/tmp/worldtune-sentences-XXXXXX";
	int file = mkstemp(path);
	size_t size;
	FILE *out = must(open_memstream(problems, &size));
	Sentences *sentences;

	assert_true(file >= 0);
	dprintf(file, "%s", lines);
	close(file);
	sentences = sentences_load(path, out);
	fclose(out);
	unlink(path);
	return sentences;
}

static void
reads_another_language(void **state)
{
	char *problems;
	Sentences *sentences = load(
	    "# German\n\nlanguage = de-DE\nbusy=Besetzt & \xc3\xbc\x62\x65rlastet.  \ngreeting =\n", &problems);

	(void) state;
	assert_non_null(sentences);
	assert_string_equal(sentences_get(sentences, "language"), "de-DE");
	assert_string_equal(sentences_get(sentences, "busy"), "Besetzt & \xc3\xbc\x62\x65rlastet.");
	assert_string_equal(sentences_get(sentences, "no-answer"), "Nobody answered.");
	assert_string_equal(sentences_get(sentences, NULL), sentences_get(sentences, "refused"));
	sentences_free(sentences);
	free(problems);
}

static void
says_what_is_wrong(void **state)
{
	static const char *const lines[] = {"busy\n", "bsuy = x\n", "busy = \xff\n", "busy = \b\n"};

	(void) state;
	for (size_t i = 0; i < COUNT(lines); i++)
	{
		char *problems;

		assert_null(load(lines[i], &problems));
		assert_non_null(strstr(problems, ":1: "));
		free(problems);
	}
}

/* The files that ship: the English one says what the program says, the others leave nothing out. */
static void
ships_whole_files(void **state)
{
	static const char *const keys[] = {"recorded",
	                                   "transcribed",
	                                   "recorded_and_transcribed",
	                                   "insufficient_credit",
	                                   "destination_blocked",
	                                   "suspended",
	                                   "unknown_user",
	                                   "no_rate",
	                                   "too_many_calls",
	                                   "too_many_destinations",
	                                   "spend_limit",
	                                   "refused",
	                                   "no_caller",
	                                   "no_number",
	                                   "call_over",
	                                   "no_service",
	                                   "busy",
	                                   "no-answer",
	                                   "failed",
	                                   "language"};
	Sentences *built_in = sentences_load(NULL, stderr);
	Sentences *english = sentences_load("sentences/en.conf", stderr);
	Sentences *german = sentences_load("sentences/de.conf", stderr);

	(void) state;
	assert_non_null(english);
	assert_non_null(german);
	for (size_t i = 0; i < COUNT(keys); i++)
	{
		assert_string_equal(sentences_get(english, keys[i]), sentences_get(built_in, keys[i]));
		assert_string_not_equal(sentences_get(german, keys[i]), sentences_get(built_in, keys[i]));
	}
	assert_string_equal(sentences_get(english, "greeting"), "");
	sentences_free(built_in);
	sentences_free(english);
	sentences_free(german);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_another_language),
	    cmocka_unit_test(says_what_is_wrong),
	    cmocka_unit_test(ships_whole_files),
	};

	return cmocka_run_group_tests_name("sentences", tests, NULL, NULL);
}
