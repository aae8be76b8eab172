/*
 * json.h
 *		Values from the database as JSON: decimal text stays text, whole numbers are numbers, NULL is null.
 */
#ifndef RELAY_JSON_H
#define RELAY_JSON_H

#include <cjson/cJSON.h>

extern void json_add_text(cJSON *object, const char *name, const char *text);
extern void json_add_integer(cJSON *object, const char *name, const char *digits);

#endif
