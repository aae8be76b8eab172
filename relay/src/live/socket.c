/*
 * socket.c
 *		Queues with a limit, and closing codes. See socket.h.
 */
#include "live/socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "base/must.h"
#include "metrics/metrics.h"

#define QUEUE_BYTES_MAX (512 * 1024)
#define QUEUES_BYTES_MAX (64 * 1024 * 1024) /* of all sockets together */
#define STALLED_MS 5000                     /* a page that reads nothing for so long is too slow */
#define BURST_MS 500                        /* or for so long, when as much waits as may */
#define CLOSING_MS 30000 /* then it is closed without a word: the page reads nothing at all */
#define LINGER_MS 5000
#define CLOSE_FRAME_MAX 125
#define SEND_BUFFER (16 * 1024) /* the kernel's: what waits is to wait here, where it is counted */
#define WRITES_AT_ONCE 32
#define WRITE_CLOSE ((enum lws_write_protocol) 4) /* which the library's header passes over */

static size_t queued_in_all;

void
socket_open(Socket *socket, struct lws *wsi)
{
	static unsigned long long last_id;
	int size = SEND_BUFFER;

	memset(socket, 0, sizeof(*socket));
	socket->wsi = wsi;
	socket->id = ++last_id;
	socket->last = &socket->first;
	setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void
drop_first(Socket *socket)
{
	QueuedMessage *queued = socket->first;

	socket->first = queued->next;
	if (socket->first == NULL)
		socket->last = &socket->first;
	socket->queued -= queued->message->length;
	queued_in_all -= queued->message->length;
	message_release(queued->message);
	free(queued);
}

static void
drop_queue(Socket *socket)
{
	while (socket->first != NULL)
		drop_first(socket);
}

static void
drop_input(Socket *socket)
{
	free(socket->input);
	socket->input = NULL;
	socket->input_length = 0;
}

void
socket_free(Socket *socket)
{
	drop_queue(socket);
	drop_input(socket);
	free(socket->token);
	socket->token = NULL;
}

/* Much may come at once; what counts is whether the page takes it. */
static bool
is_too_slow(const Socket *socket, const Message *message)
{
	long long stalled_ms = clock_ms() - socket->progress_ms;

	return socket->first != NULL &&
	       (stalled_ms > STALLED_MS || queued_in_all + message->length > QUEUES_BYTES_MAX ||
	        (stalled_ms > BURST_MS && socket->queued + message->length > QUEUE_BYTES_MAX));
}

void
socket_push(Socket *socket, Message *message)
{
	QueuedMessage *queued;

	if (socket->close_code != CLOSE_NONE)
		return;
	if (is_too_slow(socket, message))
	{
		socket_close(socket, CLOSE_TRY_LATER, "too slow");
		return;
	}
	if (socket->first == NULL)
		socket->progress_ms = clock_ms();
	queued = must_alloc(sizeof(QueuedMessage));
	*queued = (QueuedMessage){.message = message_keep(message)};
	*socket->last = queued;
	socket->last = &queued->next;
	socket->queued += message->length;
	queued_in_all += message->length;
	lws_callback_on_writable(socket->wsi);
}

static bool
write_first(Socket *socket)
{
	Message *message = socket->first->message;
	int written = lws_write(socket->wsi, message->buffer + LWS_PRE, message->length, LWS_WRITE_TEXT);

	if (written < (int) message->length)
		return false;
	socket->progress_ms = clock_ms();
	metric_add(METRIC_LIVE_EVENTS, NULL, NULL, message->seq > 0 ? 1 : 0);
	drop_first(socket);
	return true;
}

/*
 * RFC 6455, 5.5.1. libwebsockets' own way of closing resets a connection on which something still comes in, and then the
 * page never sees why: so what comes in is passed over until the page has closed its side, or for a while.
 */
static bool
write_close(Socket *socket)
{
	unsigned char frame[LWS_PRE + CLOSE_FRAME_MAX];
	size_t length = strlen(socket->close_reason);

	if (socket->closing)
		return true;
	socket->closing = true;
	frame[LWS_PRE] = (unsigned char) (socket->close_code >> 8);
	frame[LWS_PRE + 1] = (unsigned char) (socket->close_code & 0xFF);
	memcpy(frame + LWS_PRE + 2, socket->close_reason, length);
	socket_set_alarm(socket, LINGER_MS);
	return lws_write(socket->wsi, frame + LWS_PRE, length + 2, WRITE_CLOSE) >= 0;
}

bool
socket_write(Socket *socket)
{
	if (socket->close_code != CLOSE_NONE)
		return write_close(socket);
	for (int i = 0; i < WRITES_AT_ONCE && socket->first != NULL && !lws_send_pipe_choked(socket->wsi); i++)
		if (!write_first(socket))
			return false;
	if (socket->first != NULL)
		lws_callback_on_writable(socket->wsi);
	return true;
}

void
socket_close(Socket *socket, CloseCode code, const char *reason)
{
	if (socket->close_code != CLOSE_NONE)
		return;
	socket->close_code = code;
	socket->close_reason = reason;
	drop_queue(socket);
	socket_set_alarm(socket, CLOSING_MS);
	lws_callback_on_writable(socket->wsi);
}

void
socket_set_alarm(Socket *socket, long long ms)
{
	lws_set_timer_usecs(socket->wsi, (lws_usec_t) ms * LWS_US_PER_MS);
}

bool
socket_take(Socket *socket, const char *part, size_t length, size_t to_come)
{
	if (socket->input_length + length + to_come > SOCKET_INPUT_MAX)
	{
		drop_input(socket);
		socket_close(socket, CLOSE_TOO_LONG, "a message has at most 4096 bytes");
		return false;
	}
	socket->input = must(realloc(socket->input, socket->input_length + length + 1));
	memcpy(socket->input + socket->input_length, part, length);
	socket->input_length += length;
	socket->input[socket->input_length] = '\0';
	return true;
}
