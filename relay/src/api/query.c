/*
 * query.c
 *		Reading the query.
 */
#include "api/query.h"

#include <stdlib.h>
#include <string.h>

bool
query_is_clean(const HttpRequest *request, HttpReply *reply, const char *name)
{
	if (!form_has_nul(&request->parameters, name))
		return true;
	http_reply_error(reply, 400, "invalid_value", "%s must be text without NUL characters", name);
	return false;
}

const char *
query_count(const HttpRequest *request, HttpReply *reply, const char *name, const char *fallback, int most)
{
	const char *text = form_value(&request->parameters, name);
	size_t digits;

	if (!query_is_clean(request, reply, name))
		return NULL;
	if (text == NULL)
		return fallback;
	digits = strspn(text, "0123456789");
	if (digits > 0 && digits <= 9 && text[digits] == '\0' && atoi(text) >= 1 && atoi(text) <= most)
		return text;
	http_reply_error(reply, 400, "invalid_value", "%s must be a number from 1 to %d", name, most);
	return NULL;
}
