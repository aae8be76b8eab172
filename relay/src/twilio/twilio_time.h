/*
 * twilio_time.h
 *		The Timestamp of Twilio's callbacks: RFC 2822, as in "Thu, 01 Jan 2026 00:05:01 +0000".
 */
#ifndef RELAY_TWILIO_TIME_H
#define RELAY_TWILIO_TIME_H

#include <stdbool.h>
#include <stddef.h>

#define ISO_TIME_SIZE 32

/* The same moment in ISO 8601; false when the text is no such time. */
extern bool twilio_time_to_iso(const char *text, char iso[ISO_TIME_SIZE]);

/* Whether the text (or NULL) is a moment in ISO 8601 and UTC, as other callbacks have it: "2026-01-01T00:05:01.123Z". */
extern bool iso_time_is(const char *text);

#endif
