/*
 * json.c
 *		Reading text of strangers, and adding values that may be NULL.
 *
 * JSON libraries read nested values by recursion, and a thread's stack is small: what nests too deep never
 * reaches them.
 */
#include "base/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPED_NUL "\\u0000"

static bool
starts_with_escaped_nul(const char *text, size_t length)
{
	size_t wanted = strlen(ESCAPED_NUL);

	return length >= wanted && memcmp(text, ESCAPED_NUL, wanted) == 0;
}

/* Up to the first error that a parser stops at, this sees the same strings and brackets as the parser. */
static bool
is_harmless(const char *text, size_t length)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < length; i++)
	{
		char c = text[i];

		if (c == '\0' || (in_string && starts_with_escaped_nul(text + i, length - i)))
			return false;
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return false;
		else if (!in_string && (c == ']' || c == '}'))
			depth--;
	}
	return true;
}

cJSON *
json_parse(const char *text, size_t length)
{
	const char *end = text;
	cJSON *value = is_harmless(text, length) ? cJSON_ParseWithLengthOpts(text, length, &end, false) : NULL;

	while (value != NULL && end < text + length && strchr(" \t\r\n", *end) != NULL)
		end++;
	if (value == NULL || end == text + length)
		return value;
	cJSON_Delete(value);
	return NULL;
}

const char *
json_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

void
json_add_text(cJSON *object, const char *name, const char *text)
{
	if (text != NULL)
		cJSON_AddStringToObject(object, name, text);
	else
		cJSON_AddNullToObject(object, name);
}

void
json_add_integer(cJSON *object, const char *name, const char *digits)
{
	if (digits != NULL)
		cJSON_AddNumberToObject(object, name, (double) strtoll(digits, NULL, 10));
	else
		cJSON_AddNullToObject(object, name);
}
