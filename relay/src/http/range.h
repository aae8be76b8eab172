/*
 * range.h
 *		The part of something long that a client asks for (RFC 9110, section 14).
 */
#ifndef RELAY_RANGE_H
#define RELAY_RANGE_H

#include <stdbool.h>

/* Of a length that is not known yet. first below 0: the last so many bytes; last below 0: to the end. */
typedef struct ByteRange
{
	long long first;
	long long last;
} ByteRange;

/* The one range of bytes that the header asks for; false for none, several, or none that makes sense: then all is sent. */
extern bool range_read(const char *header, ByteRange *range);

/* Settles first and last for that length; false when there is no such part (416). */
extern bool range_resolve(ByteRange *range, long long length);

#endif
