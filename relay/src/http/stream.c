/*
 * stream.c
 *		Writing pieces, each within its time.
 */
#include "http/stream.h"

#include <civetweb.h>

#include "http/patience.h"

#define PIECE_MS 10000

bool
stream_begin(const HttpRequest *request, HttpReply *reply, long long length)
{
	reply->close = true;
	reply->length_unknown = length < 0;
	reply->body_length = length < 0 ? 0 : (size_t) length;
	mg_disable_connection_keep_alive(request->connection);
	return http_send_head(request, reply);
}

bool
stream_write(const HttpRequest *request, const char *data, size_t length)
{
	bool written;

	patience_set(PIECE_MS);
	written = mg_write(request->connection, data, length) == (int) length;
	patience_set(0);
	return written;
}
