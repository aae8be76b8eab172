/*
 * twiml.c
 *		TwiML, by libxml2's writer, which does all quoting.
 */
#include "twilio/twiml.h"

#include <libxml/xmlwriter.h>

#include "base/must.h"

static xmlTextWriterPtr
start_response(xmlBufferPtr *buffer)
{
	xmlTextWriterPtr writer;

	*buffer = must(xmlBufferCreate());
	writer = must(xmlNewTextWriterMemory(*buffer, 0));
	xmlTextWriterStartDocument(writer, "1.0", "UTF-8", NULL);
	xmlTextWriterStartElement(writer, BAD_CAST "Response");
	return writer;
}

static char *
end_response(xmlTextWriterPtr writer, xmlBufferPtr buffer)
{
	char *document;

	xmlTextWriterEndDocument(writer);
	xmlFreeTextWriter(writer);
	document = must_copy((const char *) xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	return document;
}

static void
attribute(xmlTextWriterPtr writer, const char *name, const char *value)
{
	xmlTextWriterWriteAttribute(writer, BAD_CAST name, BAD_CAST value);
}

char *
twiml_dial(const TwimlDial *dial)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	xmlTextWriterStartElement(writer, BAD_CAST "Dial");
	/* The caller hears ringing, and pays for no leg, until the callee answers. */
	attribute(writer, "answerOnBridge", "true");
	attribute(writer, "callerId", dial->caller_id);
	xmlTextWriterWriteFormatAttribute(writer, BAD_CAST "timeLimit", "%d", dial->limit_seconds);
	attribute(writer, "action", dial->action_url);
	xmlTextWriterStartElement(writer, BAD_CAST "Number");
	attribute(writer, "statusCallback", dial->status_url);
	attribute(writer, "statusCallbackEvent", "initiated ringing answered completed");
	xmlTextWriterWriteString(writer, BAD_CAST dial->number);
	return end_response(writer, buffer);
}

char *
twiml_say(const char *sentence)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	xmlTextWriterWriteElement(writer, BAD_CAST "Say", BAD_CAST sentence);
	xmlTextWriterWriteElement(writer, BAD_CAST "Hangup", NULL);
	return end_response(writer, buffer);
}

char *
twiml_hangup(void)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	xmlTextWriterWriteElement(writer, BAD_CAST "Hangup", NULL);
	return end_response(writer, buffer);
}
