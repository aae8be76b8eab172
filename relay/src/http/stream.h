/*
 * stream.h
 *		A reply that passes through, piece by piece: no more of it is held than a piece.
 */
#ifndef RELAY_STREAM_H
#define RELAY_STREAM_H

#include <stdbool.h>

#include "http/http.h"

/*
 * Writes the head of a reply with a body of so many bytes (below 0: as many as come, until the connection ends). The connection
 * is closed after it. False when nobody listens.
 */
extern bool stream_begin(const HttpRequest *request, HttpReply *reply, long long length);

/* A piece of the body; false when the client takes none for ten seconds, or is gone. */
extern bool stream_write(const HttpRequest *request, const char *data, size_t length);

#endif
