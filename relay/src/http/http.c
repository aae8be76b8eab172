/*
 * http.c
 *		Reading requests and writing replies over CivetWeb.
 */
#include "http/http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <civetweb.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/must.h"
#include "base/utf8.h"

#define ETAG_BYTES 16

void
http_request_free(HttpRequest *request)
{
	form_free(&request->parameters);
	form_free(&request->form);
	free(request->body);
}

const char *
http_header(const HttpRequest *request, const char *name)
{
	return mg_get_header(request->connection, name);
}

bool
http_has_type(const HttpRequest *request, const char *media_type)
{
	const char *type = http_header(request, "Content-Type");
	size_t length = strlen(media_type);

	return type != NULL && strncasecmp(type, media_type, length) == 0 && strchr(" \t;", type[length]) != NULL;
}

cJSON *
http_json_object(const HttpRequest *request, HttpReply *reply)
{
	cJSON *object;

	if (!http_has_type(request, "application/json"))
	{
		http_reply_error(reply, 415, "unsupported_media_type", "send a JSON object as application/json");
		return NULL;
	}
	object = json_parse(request->body, request->body_length);
	if (!cJSON_IsObject(object))
	{
		cJSON_Delete(object);
		http_reply_error(reply, 400, "invalid_json",
		                 "send a JSON object, nested at most %d deep, without NUL characters",
		                 JSON_DEPTH_MAX);
		return NULL;
	}
	return object;
}

void
http_reply_body(HttpReply *reply, int status, const char *content_type, char *body, size_t length)
{
	free(reply->body);
	reply->status = status;
	reply->content_type = content_type;
	reply->body = body;
	reply->body_length = length;
}

static void
reply_with_object(HttpReply *reply, int status, cJSON *object)
{
	char *body = must(cJSON_PrintUnformatted(object));

	cJSON_Delete(object);
	http_reply_body(reply, status, "application/json", body, strlen(body));
}

void
http_reply_json(HttpReply *reply, int status, cJSON *object)
{
	cJSON_AddBoolToObject(object, "success", true);
	reply_with_object(reply, status, object);
}

void
http_reply_error(HttpReply *reply, int status, const char *code, const char *format, ...)
{
	cJSON *object = must(cJSON_CreateObject());
	char message[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	utf8_copy(message, sizeof(message), message);
	cJSON_AddBoolToObject(object, "success", false);
	cJSON_AddStringToObject(object, "error", message);
	cJSON_AddStringToObject(object, "code", code);
	reply_with_object(reply, status, object);
}

void
http_reply_empty(HttpReply *reply, int status)
{
	http_reply_body(reply, status, NULL, NULL, 0);
}

#define HEADER_ROOM 1024 /* enough for most replies */

/* Room for so many bytes more, and a NUL. */
static void
make_room(HttpReply *reply, size_t bytes)
{
	if (reply->headers_length + bytes < reply->headers_room)
		return;
	reply->headers_room = 2 * reply->headers_room + bytes + HEADER_ROOM;
	reply->headers = must(realloc(reply->headers, reply->headers_room));
}

void
http_add_header(HttpReply *reply, const char *name, const char *format, ...)
{
	char value[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	make_room(reply, strlen(name) + strlen(value) + strlen(": \r\n"));
	reply->headers_length +=
	    (size_t) sprintf(reply->headers + reply->headers_length, "%s: %s\r\n", name, value);
}

static bool
etag_matches(const char *if_none_match, const char *etag)
{
	return if_none_match != NULL && (strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag) != NULL);
}

void
http_make_cacheable(const HttpRequest *request, HttpReply *reply, int seconds)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hash[2 * ETAG_BYTES + 1];
	char etag[sizeof(hash) + 2];

	SHA256((const unsigned char *) reply->body, reply->body_length, digest);
	hex_encode(digest, ETAG_BYTES, hash);
	snprintf(etag, sizeof(etag), "\"%s\"", hash);
	snprintf(reply->cache_control, sizeof(reply->cache_control), "public, max-age=%d", seconds);
	http_add_header(reply, "ETag", "%s", etag);
	if (etag_matches(http_header(request, "If-None-Match"), etag))
		http_reply_empty(reply, 304);
}

/* A 204 and a 304 have no body and say nothing of its length. */
static bool
has_length(const HttpReply *reply)
{
	return reply->status != 204 && reply->status != 304 && !reply->length_unknown;
}

/* CivetWeb misspells one. */
static const char *
reason_of(const HttpRequest *request, int status)
{
	return status == 422 ? "Unprocessable Content" : mg_get_response_code_text(request->connection, status);
}

static void
write_head(FILE *out, const HttpRequest *request, const HttpReply *reply)
{
	fprintf(out, "HTTP/1.1 %d %s\r\n", reply->status, reason_of(request, reply->status));
	if (reply->close)
		fputs("Connection: close\r\n", out);
	fprintf(out, "Cache-Control: %s\r\nX-Content-Type-Options: nosniff\r\n",
	        reply->cache_control[0] != '\0' ? reply->cache_control : "no-store");
	if (reply->content_type != NULL)
		fprintf(out, "Content-Type: %s\r\n", reply->content_type);
	if (has_length(reply))
		fprintf(out, "Content-Length: %zu\r\n", reply->body_length);
	if (reply->headers != NULL)
		fputs(reply->headers, out);
	fputs("\r\n", out);
}

bool
http_send_head(const HttpRequest *request, const HttpReply *reply)
{
	char *packet = NULL;
	size_t size = 0;
	FILE *out = must(open_memstream(&packet, &size));
	bool sent;

	write_head(out, request, reply);
	fclose(out);
	sent = mg_write(request->connection, packet, size) == (int) size;
	free(packet);
	return sent;
}

void
http_send(const HttpRequest *request, HttpReply *reply)
{
	bool with_body = reply->body != NULL && strcmp(request->method, "HEAD") != 0;
	char *packet = NULL;
	size_t size = 0;
	FILE *out;

	if (reply->stream != NULL)
	{
		reply->stream(request, reply);
		return;
	}
	out = must(open_memstream(&packet, &size));
	write_head(out, request, reply);
	if (with_body)
		fwrite(reply->body, 1, reply->body_length, out);
	fclose(out);
	/* Head and body in one write, so that they leave in one packet. */
	mg_write(request->connection, packet, size);
	free(packet);
	if (reply->close)
		mg_disable_connection_keep_alive(request->connection);
}

void
http_reply_free(HttpReply *reply)
{
	free(reply->body);
	free(reply->headers);
	free(reply->stream_context);
}
