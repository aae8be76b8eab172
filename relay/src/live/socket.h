/*
 * socket.h
 *		One page's socket: whose it is, what waits to be written to it, and how it ends. Of the loop's thread alone.
 */
#ifndef RELAY_SOCKET_H
#define RELAY_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/uuid.h"
#include "live/message.h"

struct lws;

/* RFC 6455, 7.4, and our own. */
typedef enum CloseCode
{
	CLOSE_NONE = 0,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_NOT_TEXT = 1003,
	CLOSE_TOO_MANY = 1008,
	CLOSE_TOO_LONG = 1009,
	CLOSE_TRY_LATER = 1013,
	CLOSE_TOKEN = 4401,
	CLOSE_ORIGIN = 4403,
	CLOSE_NO_AUTH = 4408,
} CloseCode;

typedef struct QueuedMessage
{
	struct QueuedMessage *next;
	Message *message;
} QueuedMessage;

/* All zero at first. */
typedef struct Socket
{
	struct lws *wsi;
	struct Socket *next; /* of the user's that have joined */
	unsigned long long id;
	CloseCode close_code; /* not CLOSE_NONE: it is ending */
	const char *close_reason;
	bool closing;            /* the page was told */
	char user_id[UUID_SIZE]; /* empty before a token was good */
	time_t expires;
	bool joining;  /* the dispatcher is to tell it how things stand, */
	bool rejoins;  /* and, since it asked for that once more, again after that */
	bool ready;    /* was told how things stand */
	bool replays;  /* asked for events by number, though it may have had them */
	long long seq; /* of the newest event that it was told */
	/* What comes in. */
	char *input;
	size_t input_length;
	char *token;     /* whose key may yet become known */
	long long after; /* came with the newest token */
	long long give_up_ms;
	long long window_ms;
	int messages; /* since then */
	/* What goes out. */
	QueuedMessage *first;
	QueuedMessage **last;
	size_t queued;         /* bytes */
	long long progress_ms; /* when the last of it was written, or the first came */
} Socket;

extern void socket_open(Socket *socket, struct lws *wsi);

/* Frees what the socket has. */
extern void socket_free(Socket *socket);

/* Has the message written; ends the socket when the page is too slow. */
extern void socket_push(Socket *socket, Message *message);

/* Writes what can be written now; false when the socket is to be closed. */
extern bool socket_write(Socket *socket);

/* Ends it, as soon as that can be said to the page. What waits is dropped. The reason is a literal. */
extern void socket_close(Socket *socket, CloseCode code, const char *reason);

/* Calls back (LWS_CALLBACK_TIMER) so much later, and no more before that. */
extern void socket_set_alarm(Socket *socket, long long ms);

#define SOCKET_INPUT_MAX 4096

/* Keeps a part of a message, of which so much is still to come; false, and it ends, when that is too long. */
extern bool socket_take(Socket *socket, const char *part, size_t length, size_t to_come);

#endif
