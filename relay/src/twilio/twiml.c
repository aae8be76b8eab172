/*
 * twiml.c
 *		TwiML, by libxml2's writer, which does all quoting.
 */
#include "twilio/twiml.h"

#include <libxml/xmlwriter.h>

#include "base/must.h"
#include "settings/sentences.h"

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

/* An attribute that says nothing is left out. */
static void
attribute(xmlTextWriterPtr writer, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		xmlTextWriterWriteAttribute(writer, BAD_CAST name, BAD_CAST value);
}

/* A sentence that is empty is not said. */
static void
say(xmlTextWriterPtr writer, const Sentences *sentences, const char *key)
{
	const char *sentence = sentences_get(sentences, key);

	if (sentence[0] == '\0')
		return;
	xmlTextWriterStartElement(writer, BAD_CAST "Say");
	attribute(writer, "language", sentences_get(sentences, "language"));
	attribute(writer, "voice", sentences_get(sentences, "voice"));
	xmlTextWriterWriteString(writer, BAD_CAST sentence);
	xmlTextWriterEndElement(writer);
}

/* The caller's leg is what is listened to: what comes in is the caller. */
static void
start_transcription(xmlTextWriterPtr writer, const Sentences *sentences, const char *url)
{
	xmlTextWriterStartElement(writer, BAD_CAST "Start");
	xmlTextWriterStartElement(writer, BAD_CAST "Transcription");
	attribute(writer, "statusCallbackUrl", url);
	attribute(writer, "languageCode", sentences_get(sentences, "language"));
	attribute(writer, "track", "both_tracks");
	attribute(writer, "inboundTrackLabel", "caller");
	attribute(writer, "outboundTrackLabel", "callee");
	xmlTextWriterEndElement(writer);
	xmlTextWriterEndElement(writer);
}

char *
twiml_dial(const Sentences *sentences, const TwimlDial *dial)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	if (dial->transcription_url != NULL)
		start_transcription(writer, sentences, dial->transcription_url);
	say(writer, sentences, "greeting");
	xmlTextWriterStartElement(writer, BAD_CAST "Dial");
	/* The caller hears ringing, and pays for no leg, until the callee answers; where nothing stands before. */
	attribute(writer, "answerOnBridge", "true");
	attribute(writer, "callerId", dial->caller_id);
	xmlTextWriterWriteFormatAttribute(writer, BAD_CAST "timeLimit", "%d", dial->limit_seconds);
	xmlTextWriterWriteFormatAttribute(writer, BAD_CAST "timeout", "%d", dial->ring_seconds);
	attribute(writer, "action", dial->action_url);
	if (dial->recording_url != NULL)
	{
		attribute(writer, "record", "record-from-answer-dual");
		attribute(writer, "recordingStatusCallback", dial->recording_url);
		attribute(writer, "recordingStatusCallbackEvent", "completed absent");
	}
	xmlTextWriterStartElement(writer, BAD_CAST "Number");
	attribute(writer, "url", dial->announcement_url);
	attribute(writer, "statusCallback", dial->status_url);
	attribute(writer, "statusCallbackEvent", "initiated ringing answered completed");
	xmlTextWriterWriteString(writer, BAD_CAST dial->number);
	return end_response(writer, buffer);
}

char *
twiml_conference(const Sentences *sentences, const TwimlConference *conference)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	if (conference->transcription_url != NULL)
		start_transcription(writer, sentences, conference->transcription_url);
	say(writer, sentences, "greeting");
	xmlTextWriterStartElement(writer, BAD_CAST "Dial");
	xmlTextWriterWriteFormatAttribute(writer, BAD_CAST "timeLimit", "%d", conference->limit_seconds);
	attribute(writer, "action", conference->action_url);
	xmlTextWriterStartElement(writer, BAD_CAST "Conference");
	attribute(writer, "participantLabel", conference->label);
	attribute(writer, "endConferenceOnExit", "true");
	attribute(writer, "beep", "false");
	attribute(writer, "maxParticipants", "2");
	/* Silence, until the callee's ringing is heard. */
	xmlTextWriterWriteAttribute(writer, BAD_CAST "waitUrl", BAD_CAST "");
	attribute(writer, "statusCallback", conference->events_url);
	attribute(writer, "statusCallbackEvent", "end join leave");
	if (conference->recording_url != NULL)
	{
		attribute(writer, "record", "record-from-start");
		attribute(writer, "recordingStatusCallback", conference->recording_url);
		attribute(writer, "recordingStatusCallbackEvent", "completed absent");
	}
	xmlTextWriterWriteString(writer, BAD_CAST conference->name);
	return end_response(writer, buffer);
}

char *
twiml_refuse(const Sentences *sentences, const char *key)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	say(writer, sentences, key);
	xmlTextWriterWriteElement(writer, BAD_CAST "Hangup", NULL);
	return end_response(writer, buffer);
}

char *
twiml_say(const Sentences *sentences, const char *key)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = start_response(&buffer);

	say(writer, sentences, key);
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
