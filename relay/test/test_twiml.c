/* The documents that Twilio gets. */
#include "unit.h"

#include "settings/sentences.h"
#include "twilio/twiml.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static int
speak_english(void **state)
{
	*state = sentences_load(NULL, stderr);
	return 0;
}

static int
fall_silent(void **state)
{
	sentences_free(*state);
	return 0;
}

static void
dials(void **state)
{
	TwimlDial dial = {
	    .number = "+442071838750",
	    .caller_id = "+15005550006",
	    .limit_seconds = 180,
	    .ring_seconds = 45,
	    .action_url = "https://relay.example.org/done?user=1&x=2#rc=3&rp=all",
	    .status_url = "https://relay.example.org/status?user=1",
	};
	char *document = twiml_dial(*state, &dial);

	assert_string_equal(document, HEAD
	                    "<Response><Dial answerOnBridge=\"true\" callerId=\"+15005550006\" timeLimit=\"180\" "
	                    "timeout=\"45\" "
	                    "action=\"https://relay.example.org/done?user=1&amp;x=2#rc=3&amp;rp=all\">"
	                    "<Number statusCallback=\"https://relay.example.org/status?user=1\" "
	                    "statusCallbackEvent=\"initiated ringing answered completed\">+442071838750</Number>"
	                    "</Dial></Response>\n");
	free(document);
}

static void
says_and_hangs_up(void **state)
{
	char *document = twiml_refuse(*state, "busy");

	assert_string_equal(document,
	                    HEAD "<Response><Say>The number you dialed is busy.</Say><Hangup/></Response>\n");
	free(document);
}

static void
says_nothing_that_is_empty(void **state)
{
	char *document = twiml_say(*state, "greeting");

	assert_string_equal(document, HEAD "<Response/>\n");
	free(document);
}

static void
hangs_up(void **state)
{
	char *document = twiml_hangup();

	(void) state;
	assert_string_equal(document, HEAD "<Response><Hangup/></Response>\n");
	free(document);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dials),
	    cmocka_unit_test(says_and_hangs_up),
	    cmocka_unit_test(says_nothing_that_is_empty),
	    cmocka_unit_test(hangs_up),
	};

	return cmocka_run_group_tests_name("twiml", tests, speak_english, fall_silent);
}
