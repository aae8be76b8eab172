/* The timestamps of Twilio's callbacks. */
#include "unit.h"

#include "twilio/twilio_time.h"

static void
reads_rfc_2822(void **state)
{
	char iso[ISO_TIME_SIZE];

	(void) state;
	assert_true(twilio_time_to_iso("Thu, 01 Jan 2026 00:05:01 +0000", iso));
	assert_string_equal(iso, "2026-01-01T00:05:01Z");
	assert_true(twilio_time_to_iso("Thu, 01 Jan 2026 00:05:01 +0130", iso));
	assert_string_equal(iso, "2025-12-31T22:35:01Z");
	assert_true(twilio_time_to_iso("Thu, 29 Feb 2024 23:59:59 -0100", iso));
	assert_string_equal(iso, "2024-03-01T00:59:59Z");
}

static void
refuses_anything_else(void **state)
{
	static const char *const texts[] = {
	    "",
	    "now",
	    "2026-01-01T00:05:01Z",
	    "Thu, 01 Jan 2026 00:05:01",
	    "Thu, 01 Jan 2026 00:05:01 +0000 ",
	    "Thu, 01 Jan 2026 25:05:01 +0000",
	    "Thu, 01 Jan 2026 00:05:60 +0000",
	    "Tue, 31 Feb 2026 00:05:01 +0000",
	    "Sun, 29 Feb 2026 00:05:01 +0000",
	};
	char iso[ISO_TIME_SIZE];

	(void) state;
	assert_false(twilio_time_to_iso(NULL, iso));
	for (size_t i = 0; i < COUNT(texts); i++)
		if (twilio_time_to_iso(texts[i], iso))
			fail_msg("accepted: %s", texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_rfc_2822),
	    cmocka_unit_test(refuses_anything_else),
	};

	return cmocka_run_group_tests_name("twilio_time", tests, NULL, NULL);
}
