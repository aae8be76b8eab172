/*
 * http.h
 *		A request as handlers see it, and the reply they fill in. Handlers never touch the connection.
 */
#ifndef RELAY_HTTP_H
#define RELAY_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/form.h"
#include "base/relay.h"
#include "base/uuid.h"

struct Carrier;
struct Config;
struct Db;
struct mg_connection;

#define MEDIA_TYPE_FORM "application/x-www-form-urlencoded"

typedef struct HttpRequest
{
	const Relay *relay;
	const struct Config *config; /* in force when the request came, and for all of it */
	const struct Carrier *carrier;
	struct Db *db;
	long long deadline_ms; /* whatever is waited for on the way */
	struct mg_connection *connection;
	const char *method;
	const char *route;       /* the pattern that the path fits; NULL for none */
	const char *path;        /* as received, never decoded */
	char path_part[64];      /* what stands for {} in the route's path; empty for nothing */
	const char *query;       /* as received, without the question mark; NULL when there was none */
	Form parameters;         /* the query, decoded */
	char user_id[UUID_SIZE]; /* who is signed in; empty for nobody */
	char *body;              /* NUL-terminated; NULL before body_read */
	size_t body_length;
	bool body_complete; /* nothing of it is left on the connection */
	Form form;          /* the body that Twilio signed, decoded */
} HttpRequest;

struct HttpReply;

/* Writes a reply whose body is too long to be held: see stream.h. */
typedef void (*HttpStream)(const struct HttpRequest *request, struct HttpReply *reply);

typedef struct HttpReply
{
	int status;
	const char *content_type;
	char *body; /* allocated; NULL for none */
	size_t body_length;
	char *headers; /* further lines, each with its line end; NULL for none */
	size_t headers_length;
	size_t headers_room;
	char cache_control[48]; /* empty: no-store */
	bool close;             /* the connection cannot be used again */
	bool length_unknown;    /* of a streamed body: it ends with the connection */
	HttpStream stream;      /* writes the reply in place of http_send; NULL: there is a body */
	void *stream_context;   /* allocated; for the stream */
} HttpReply;

extern void http_request_free(HttpRequest *request);

extern const char *http_header(const HttpRequest *request, const char *name);

/* Whether the body is of that media type, whatever its parameters. */
extern bool http_has_type(const HttpRequest *request, const char *media_type);

/* The body as a JSON object; NULL with an error reply when it is none. The caller deletes it. */
extern cJSON *http_json_object(const HttpRequest *request, HttpReply *reply);

/* Answers with the object, which it takes over, and adds "success": true. */
extern void http_reply_json(HttpReply *reply, int status, cJSON *object);

/* Answers {"success": false, "error": message, "code": code}. */
extern void http_reply_error(HttpReply *reply, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Answers with a body, which it takes over. */
extern void http_reply_body(HttpReply *reply, int status, const char *content_type, char *body,
                            size_t length);

extern void http_reply_empty(HttpReply *reply, int status);

extern void http_add_header(HttpReply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Lets anyone keep the reply so long; adds an ETag, and answers 304 to a client that has the same already. */
extern void http_make_cacheable(const HttpRequest *request, HttpReply *reply, int seconds);

/* Writes the head of the reply alone, for a stream; false when nobody listens. */
extern bool http_send_head(const HttpRequest *request, const HttpReply *reply);

/* Writes the reply, or has it streamed; a reply to HEAD without its body. */
extern void http_send(const HttpRequest *request, HttpReply *reply);

extern void http_reply_free(HttpReply *reply);

#endif
