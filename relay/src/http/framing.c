/*
 * framing.c
 *		Judging headers as CivetWeb leaves them: it keeps 64 and forgets the rest, stops at what is none, takes the first of two
 *		lengths, and reads numbers as strtoll does.
 */
#include "http/framing.h"

#include <string.h>
#include <strings.h>

#include <civetweb.h>

#define HEADERS_MAX 63
#define LENGTH_DIGITS_MAX 18

static int
count(const struct mg_request_info *info, const char *name)
{
	int found = 0;

	for (int i = 0; i < info->num_headers; i++)
		found += strcasecmp(info->http_headers[i].name, name) == 0;
	return found;
}

/* Between a name and its value CivetWeb has put a NUL where the colon was, and another one where a blank stood before it. */
static bool
has_blank_before_colon(const struct mg_header *header)
{
	const char *after = header->name + strlen(header->name) + 1;

	return after < header->value && memchr(after, '\0', header->value - after) != NULL;
}

static bool
are_names_clean(const struct mg_request_info *info)
{
	for (int i = 0; i < info->num_headers; i++)
		if (has_blank_before_colon(&info->http_headers[i]))
			return false;
	return true;
}

/*
 * CivetWeb takes a line that begins like no name (a folded one, say) for the end of the headers, and forgets what follows. Each
 * value must be ended by CR and LF, which it has made NUL, and the last one by the empty line.
 */
static bool
are_lines_whole(const struct mg_request_info *info)
{
	static const char line_end[] = {'\0', '\0'};
	const char *end = NULL;

	for (int i = 0; i < info->num_headers; i++)
	{
		end = info->http_headers[i].value + strlen(info->http_headers[i].value);
		if (memcmp(end, line_end, sizeof(line_end)) != 0)
			return false;
	}
	return end == NULL || end[sizeof(line_end)] == '\r';
}

static bool
is_length(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	return digits > 0 && digits <= LENGTH_DIGITS_MAX && value[digits] == '\0';
}

FramingFault
framing_fault(const struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	const char *length = mg_get_header(connection, "Content-Length");
	const char *coding = mg_get_header(connection, "Transfer-Encoding");
	bool http_1_1 = strcmp(info->http_version, "1.1") == 0;
	int hosts = count(info, "Host");

	if (info->num_headers > HEADERS_MAX)
		return (FramingFault){431, "too many headers; send at most 63"};
	if (!are_lines_whole(info))
		return (FramingFault){400, "a header's line is folded, has no name, or does not end in CR and LF"};
	if (!are_names_clean(info))
		return (FramingFault){400, "a header's name ends in a blank"};
	if (hosts > 1 || (hosts == 0 && http_1_1))
		return (FramingFault){400, "send one Host header"};
	if (count(info, "Content-Length") > 1 || (length != NULL && !is_length(length)))
		return (FramingFault){400, "send one Content-Length, in digits"};
	if (count(info, "Transfer-Encoding") > 1 || (coding != NULL && strcasecmp(coding, "chunked") != 0))
		return (FramingFault){400, "send no Transfer-Encoding but chunked"};
	if (coding != NULL && (length != NULL || !http_1_1))
		return (FramingFault){400, "send either Content-Length or, with HTTP/1.1, Transfer-Encoding"};
	return (FramingFault){0};
}

bool
framing_is_chunked(const struct mg_connection *connection)
{
	return mg_get_header(connection, "Transfer-Encoding") != NULL;
}

bool
framing_has_body(const struct mg_connection *connection)
{
	return framing_is_chunked(connection) || mg_get_request_info(connection)->content_length > 0;
}
