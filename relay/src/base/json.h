/*
 * json.h
 *		JSON from outside, read with care; and values from the database as JSON: decimal text stays text,
 *whole numbers are numbers, NULL is null.
 */
#ifndef RELAY_JSON_H
#define RELAY_JSON_H

#include <stddef.h>

#include <cjson/cJSON.h>

#define JSON_DEPTH_MAX 16

/*
 * The text's value; NULL when it is not JSON, nests deeper than JSON_DEPTH_MAX, or has a NUL in a string,
 * where C would cut it off. The caller deletes it.
 */
extern cJSON *json_parse(const char *text, size_t length);

/* The text of that name; NULL when there is none, or the object is NULL. */
extern const char *json_text(const cJSON *object, const char *name);

extern void json_add_text(cJSON *object, const char *name, const char *text);
extern void json_add_integer(cJSON *object, const char *name, const char *digits);

#endif
