/* Every reason that the database gives has a status and words of its own: docs/relay.md. */
#include "unit.h"

#include "api/refusal.h"
#include "settings/sentences.h"

static void
has_a_status_for_each_reason(void **state)
{
	static const struct
	{
		const char *reason;
		int status;
	} cases[] = {
	    {"insufficient_credit", 402},
	    {"suspended", 403},
	    {"destination_blocked", 403},
	    {"unknown_user", 403},
	    {"no_rate", 422},
	    {"too_many_calls", 429},
	    {"spend_limit", 429},
	    {"too_many_destinations", 429},
	};

	Sentences *english = sentences_load(NULL, stderr);

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		const Refusal *refusal = refusal_find(cases[i].reason);

		assert_string_equal(refusal->reason, cases[i].reason);
		assert_int_equal(refusal->status, cases[i].status);
		assert_int_equal(refusal->retry_after_seconds > 0, refusal->status == 429);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(sentences_get(english, cases[i].reason),
			                        sentences_get(english, cases[j].reason));
	}
	sentences_free(english);
}

static void
has_words_for_any_other(void **state)
{
	Sentences *english = sentences_load(NULL, stderr);

	(void) state;
	assert_string_equal(sentences_get(english, "a reason of tomorrow"), sentences_get(english, "refused"));
	sentences_free(english);
	assert_non_null(refusal_find(NULL)->message);
	assert_int_equal(refusal_find(NULL)->status, 403);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_a_status_for_each_reason),
	    cmocka_unit_test(has_words_for_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
