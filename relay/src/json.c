/*
 * json.c
 *		Adding values that may be NULL.
 */
#include "json.h"

#include <stdlib.h>

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
