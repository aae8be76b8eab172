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

#endif
