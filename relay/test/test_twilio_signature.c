/* Twilio's request signatures. The expected ones were made by Twilio's own Node package; the first is its
 * manual's. */
#include "unit.h"

#include "twilio/twilio_signature.h"

#define TOKEN "8f2c1d4b5a6e7f8091a2b3c4d5e6f708"
#define HOST "https://relay.example.org"

typedef struct Vector
{
	const char *token;
	const char *url;
	const char *body; /* NULL: no form */
	const char *signature;
} Vector;

static bool
valid(const Vector *vector)
{
	Form form =
	    form_parse(vector->body != NULL ? vector->body : "", vector->body != NULL ? strlen(vector->body) : 0);
	bool result = twilio_signature_valid(vector->token, vector->url, vector->body != NULL ? &form : NULL,
	                                     vector->signature);

	form_free(&form);
	return result;
}

static const char voice_body[] =
    "CallSid=CA0123456789abcdef0123456789abcdef&AccountSid=ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&From=client%3Auser_42"
    "&To=&Caller=client%3Auser_42&Called=&CallStatus=ringing&Direction=inbound&ApiVersion=2010-04-01"
    "&ApplicationSid=APcccccccccccccccccccccccccccccccc&dest=%2B442071838750"
    "&CallToken=%7B%22parentCallInfoToken%22%3A%22x.y%2Bz%2F%3D%22%7D";

static const char status_body[] =
    "CallSid=CAffffffffffffffffffffffffffffffff&ParentCallSid=CA0123456789abcdef0123456789abcdef"
    "&CallStatus=completed&CallDuration=61&Duration=2&SequenceNumber=3"
    "&Timestamp=Thu%2C%2001%20Jan%202026%2000%3A05%3A01%20%2B0000&CallbackSource=call-progress-events"
    "&ToCity=S%C3%A3o%20Paulo&CallerName=Zo%C3%AB%20%E6%97%A5%E6%9C%AC%20%E2%98%8E&FromCity=";

static const char status_body_with_plus[] =
    "CallSid=CAffffffffffffffffffffffffffffffff&ParentCallSid=CA0123456789abcdef0123456789abcdef"
    "&CallStatus=completed&CallDuration=61&Duration=2&SequenceNumber=3"
    "&Timestamp=Thu%2C+01+Jan+2026+00%3A05%3A01+%2B0000&CallbackSource=call-progress-events"
    "&ToCity=S%C3%A3o+Paulo&CallerName=Zo%C3%AB+%E6%97%A5%E6%9C%AC+%E2%98%8E&FromCity=";

static const Vector good[] = {
    {"12345", "https://example.com/myapp.php?foo=1&bar=2",
     "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212",
     "L/OH5YylLD5NRKLltdqwSvS0BnU="},
    {"12345", "https://mycompany.com/myapp.php?foo=1&bar=2",
     "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
     "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    /* empty values, colon, JSON in a value, plus signs */
    {TOKEN, HOST "/twilio/voice", voice_body, "/4BDcPJGy2QxULiNzR/xUBI0sMY="},
    /* unicode; the query is kept as sent */
    {TOKEN, HOST "/twilio/status?note=a%20b%2Bc&leg=child", status_body, "Dq+HOGAeHCwA3GRFe4gbL5NxFsU="},
    {TOKEN, HOST "/twilio/status?note=a%20b%2Bc&leg=child", status_body_with_plus,
     "Dq+HOGAeHCwA3GRFe4gbL5NxFsU="},
    /* repeated names */
    {TOKEN, HOST "/twilio/dup", "a=2&a=10&a=2&B=x&b=y&A=", "WzH/yvFIEFHwcuAUSsiMUL9siGo="},
    /* the port may be signed or not */
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", "cfGsE37rG2loyVVxiaKmNESeNhM="},
    {TOKEN, HOST ":8443/twilio/voice", "CallSid=CA1", "eRLaMUv9tjLjplQWgUN9qRLUU64="},
    {TOKEN, HOST ":8443/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, "http://relay.example.org/x", NULL, "QArY1JYM0ow6b0TwqmKezsKsFTk="},
    /* JSON: only the URL, which carries the hash of the body */
    {TOKEN, HOST "/twilio/json?bodySHA256=54313f78746e572d2f24e108144b592d3db3b39074626e6844d1254202959924",
     NULL, "OVgxS9alZOPRq5YgqbQrFgQoYVw="},
    /* GET: the parameters stand in the URL */
    {TOKEN, HOST "/twilio/get?CallSid=CA1&From=%2B442071838750&Name=J%C3%BCrgen", NULL,
     "BYhG51ulk8kdltFqnLTjb+ANs8E="},
    /* Twilio drops the user information before it signs */
    {TOKEN, "https://user:pass@relay.example.org/x", NULL, "mZZtqeK6pix94TTkyUc4yaQiJPA="},
    /* WebSocket: with or without a slash at the end */
    {TOKEN, "wss://relay.example.org/stream", NULL, "kRB0mRMfImNrzI8CmbXmCtx8aQU="},
    {TOKEN, "wss://relay.example.org/stream", NULL, "q+dsBINlnNvHetp7CKxwaRQOcCU="},
    {TOKEN, "wss://relay.example.org/stream/", NULL, "kRB0mRMfImNrzI8CmbXmCtx8aQU="},
};

static const Vector bad[] = {
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", NULL},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", ""},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ"},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TR="},
    {"another", HOST "/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA2", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1&x=", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, HOST "/twilio/voice/", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, HOST "/twilio/voice?", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, "http://relay.example.org/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, "https://relay.example.com/twilio/voice", "CallSid=CA1", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="},
    {TOKEN, HOST "/twilio/voice", "CallSid=CA1", "eRLaMUv9tjLjplQWgUN9qRLUU64="},
    /* a slash is not added to what is no WebSocket */
    {TOKEN, "https://relay.example.org/stream/", NULL, "kRB0mRMfImNrzI8CmbXmCtx8aQU="},
    {TOKEN, "no URL", NULL, "kRB0mRMfImNrzI8CmbXmCtx8aQU="},
};

static void
accepts_what_twilio_signs(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!valid(&good[i]))
			fail_msg("refused: %s %s", good[i].url, good[i].signature);
}

static void
refuses_anything_else(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (valid(&bad[i]))
			fail_msg("accepted: %s %s", bad[i].url, bad[i].signature);
}

static void
does_not_cut_a_value_at_nul(void **state)
{
	Vector signed_without = {TOKEN, HOST "/twilio/voice", "CallSid=CA1%00", "ueGUW5LTU8TaYyZBpKg+08ve4TQ="};

	(void) state;
	assert_false(valid(&signed_without));
}

static void
checks_the_hash_of_a_body_that_is_no_form(void **state)
{
	static const char query[] =
	    "x=1&bodySHA256=54313f78746e572d2f24e108144b592d3db3b39074626e6844d1254202959924";
	static const char body[] = "{\"event\":\"transcript\",\"text\":\"\xc2\xbfHola?\",\"n\":1}";
	Form with = form_parse(query, sizeof(query) - 1);
	Form without = form_parse("x=1", 3);

	(void) state;
	assert_true(twilio_body_hash_valid(&with, body, sizeof(body) - 1));
	assert_false(twilio_body_hash_valid(&with, body, sizeof(body) - 2));
	assert_false(twilio_body_hash_valid(&without, body, sizeof(body) - 1));
	form_free(&with);
	form_free(&without);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts_what_twilio_signs),
	    cmocka_unit_test(refuses_anything_else),
	    cmocka_unit_test(does_not_cut_a_value_at_nul),
	    cmocka_unit_test(checks_the_hash_of_a_body_that_is_no_form),
	};

	return cmocka_run_group_tests_name("twilio_signature", tests, NULL, NULL);
}
