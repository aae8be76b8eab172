/*
 * webhook_fuzz.c
 *		Any bytes as the parameters of a webhook: what is read of them is a SID, a user, seconds or a time, or nothing; and a
 *		number never becomes more of a document than its text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "api/webhook.h"
#include "base/sid.h"
#include "settings/sentences.h"
#include "twilio/twilio_time.h"
#include "twilio/twiml.h"

#define DIGITS "0123456789"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
read_parameters(const HttpRequest *request)
{
	const char *sid = webhook_sid(request, "CallSid", "CA");
	const char *seconds = webhook_seconds(request, "CallDuration");
	char user_id[UUID_SIZE];
	char again[UUID_SIZE];
	char time[ISO_TIME_SIZE];

	require(sid == NULL || (strlen(sid) == SID_SIZE - 1 && strspn(sid + 2, DIGITS "abcdef") == SID_SIZE - 3));
	require(seconds == NULL ||
	        (seconds[0] != '\0' && strspn(seconds, DIGITS) == strlen(seconds) && atoi(seconds) >= 0));
	require(!webhook_user(request, user_id) || (uuid_read(user_id, again) && strcmp(user_id, again) == 0));
	require(!twilio_time_to_iso(form_value(&request->form, "Timestamp"), time) || iso_time_is(time));
}

static const xmlNode *
only_child(const xmlNode *node)
{
	require(node != NULL && node->children != NULL && node->children->next == NULL);
	return node->children;
}

/* Text that is none may spoil the document, which Twilio then refuses; it never adds to it. */
static void
write_number(const Sentences *sentences, const char *number)
{
	char *text =
	    twiml_dial(sentences, &(TwimlDial){.number = number, .caller_id = number, .action_url = number});
	xmlDoc *document =
	    xmlReadMemory(text, (int) strlen(text), NULL, NULL, XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const xmlNode *dialed;

	if (document != NULL && number[0] != '\0')
	{
		dialed = only_child(only_child(xmlDocGetRootElement(document)));
		require(strcmp((const char *) dialed->name, "Number") == 0);
		require(strcmp((const char *) only_child(dialed)->content, number) == 0);
	}
	xmlFreeDoc(document);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const Sentences *sentences;
	HttpRequest request = {.form = form_parse((const char *) data, size)};
	const char *number = form_value(&request.form, "To");

	if (sentences == NULL)
		sentences = sentences_load(NULL, stderr);
	read_parameters(&request);
	if (number != NULL)
		write_number(sentences, number);
	http_request_free(&request);
	return 0;
}
