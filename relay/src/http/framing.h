/*
 * framing.h
 *		Where a request ends: only what everybody on the way reads alike is taken (RFC 9112, section 6).
 */
#ifndef RELAY_FRAMING_H
#define RELAY_FRAMING_H

#include <stdbool.h>

struct mg_connection;

typedef struct FramingFault
{
	int status; /* 0: there is none */
	const char *message;
} FramingFault;

/*
 * What is wrong with the headers that say where the request ends and for whom it is. A proxy may have read them differently, so
 * the connection cannot be used any more.
 */
extern FramingFault framing_fault(const struct mg_connection *connection);

/* Whether a body follows the headers. */
extern bool framing_has_body(const struct mg_connection *connection);
extern bool framing_is_chunked(const struct mg_connection *connection);

#endif
