/*
 * twilio_time.c
 *		Reading Twilio's timestamps.
 */
#include "twilio/twilio_time.h"

#include <string.h>
#include <time.h>

bool
twilio_time_to_iso(const char *text, char iso[ISO_TIME_SIZE])
{
	struct tm read = {0};
	struct tm normal;
	const char *end = text != NULL ? strptime(text, "%a, %d %b %Y %H:%M:%S %z", &read) : NULL;
	long offset = read.tm_gmtoff;
	time_t moment;

	if (end == NULL || *end != '\0' || read.tm_sec > 59)
		return false;
	/* strptime takes 31 February; a date that changes when it is counted is none. */
	normal = read;
	moment = timegm(&normal);
	if (normal.tm_mday != read.tm_mday || normal.tm_mon != read.tm_mon)
		return false;
	moment -= offset;
	gmtime_r(&moment, &normal);
	return strftime(iso, ISO_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &normal) > 0;
}

bool
iso_time_is(const char *text)
{
	struct tm read = {0};
	const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &read) : NULL;
	size_t digits;

	if (end == NULL)
		return false;
	digits = *end == '.' ? strspn(end + 1, "0123456789") : 0;
	return digits <= 9 && strcmp(end + (*end == '.' ? digits + 1 : 0), "Z") == 0;
}
