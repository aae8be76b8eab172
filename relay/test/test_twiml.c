/* The documents that Twilio gets. */
#include "unit.h"

#include "twilio/twiml.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static void
dials(void **state)
{
	TwimlDial dial = {
	    .number = "+442071838750",
	    .caller_id = "+15005550006",
	    .limit_seconds = 180,
	    .action_url = "https://relay.example.org/done?user=1&x=2#rc=3&rp=all",
	    .status_url = "https://relay.example.org/status?user=1",
	};
	char *document = twiml_dial(&dial);

	(void) state;
	assert_string_equal(document, HEAD
	                    "<Response><Dial answerOnBridge=\"true\" callerId=\"+15005550006\" timeLimit=\"180\" "
	                    "action=\"https://relay.example.org/done?user=1&amp;x=2#rc=3&amp;rp=all\">"
	                    "<Number statusCallback=\"https://relay.example.org/status?user=1\" "
	                    "statusCallbackEvent=\"initiated ringing answered completed\">+442071838750</Number>"
	                    "</Dial></Response>\n");
	free(document);
}

static void
says_and_hangs_up(void **state)
{
	char *document = twiml_say("less < more & \"all\"");

	(void) state;
	assert_string_equal(document, HEAD
	                    "<Response><Say>less &lt; more &amp; &quot;all&quot;</Say><Hangup/></Response>\n");
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
	    cmocka_unit_test(hangs_up),
	};

	return cmocka_run_group_tests_name("twiml", tests, NULL, NULL);
}
