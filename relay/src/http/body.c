/*
 * body.c
 *		Bodies: bounded in bytes and in time.
 */
#include "http/body.h"

#include <string.h>
#include <strings.h>

#include <civetweb.h>

#include "base/clock.h"
#include "base/must.h"
#include "http/framing.h"
#include "http/patience.h"

#define DISCARDED_BYTES_MAX (1024 * 1024)
#define DISCARD_MS 1000

/* Such a client sends nothing before it is told to. */
static bool
invite(const HttpRequest *request, HttpReply *reply)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *expected = http_header(request, "Expect");

	if (expected == NULL)
		return true;
	if (strcasecmp(expected, "100-continue") == 0)
		return mg_write(request->connection, go_on, strlen(go_on)) > 0;
	http_reply_error(reply, 417, "expectation_failed", "send no Expect but 100-continue");
	return false;
}

/* Reads up to one byte more than the most, to tell a body that is too long from one that just fits. Negative: it broke off. */
static int
read_all(HttpRequest *request, size_t most)
{
	int got = 1;

	request->body = must_alloc(most + 2);
	while (request->body_length <= most &&
	       (got = mg_read(request->connection, request->body + request->body_length,
	                      most + 1 - request->body_length)) > 0)
		request->body_length += got;
	return got;
}

/* Many clients listen only when they have sent it all. */
static bool
refuse_length(const HttpRequest *request, HttpReply *reply)
{
	char bytes[8192];
	int discarded = 0;
	int got;

	patience_set(DISCARD_MS);
	while (discarded < DISCARDED_BYTES_MAX && (got = mg_read(request->connection, bytes, sizeof(bytes))) > 0)
		discarded += got;
	patience_set(0);
	http_reply_error(reply, 413, "body_too_large", "send at most %d bytes", BODY_BYTES_MAX);
	return false;
}

bool
body_read(HttpRequest *request, HttpReply *reply, int patience_ms)
{
	long long announced = mg_get_request_info(request->connection)->content_length;
	long long deadline_ms = clock_ms() + patience_ms;
	bool chunked = framing_is_chunked(request->connection);
	int got = 0;

	if (announced > BODY_BYTES_MAX)
		return refuse_length(request, reply);
	if (!framing_has_body(request->connection))
	{
		request->body = must_alloc(1);
		return true;
	}
	if (!invite(request, reply))
		return false;
	patience_set(patience_ms);
	got = read_all(request, chunked ? BODY_BYTES_MAX : (size_t) announced);
	patience_set(0);
	if (request->body_length > BODY_BYTES_MAX)
		return refuse_length(request, reply);
	request->body_complete = got >= 0 && (chunked || (long long) request->body_length == announced);
	if (request->body_complete)
		return true;
	if (clock_left_ms(deadline_ms) == 0)
		http_reply_error(reply, 408, "timeout", "the body did not come in time; send it again, faster");
	else
		http_reply_error(reply, 400, "incomplete_body", "the body ended before its length");
	return false;
}
