/*
 * form_fuzz.c
 *		Any bytes as a form: every pair is inside what was decoded, and nothing is longer than what was sent.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Form form = form_parse((const char *) data, size);
	size_t total = 0;

	for (size_t i = 0; i < form.count; i++)
	{
		const FormField *field = &form.fields[i];

		total += field->name_length + field->value_length;
		if (memchr(field->name, '\0', field->name_length + 1) == NULL ||
		    memchr(field->value, '\0', field->value_length + 1) == NULL)
			abort();
		if (strlen(field->name) == field->name_length && form_value(&form, field->name) == NULL &&
		    !form_has_nul(&form, field->name))
			abort();
	}
	if (total > size)
		abort();
	form_free(&form);
	return 0;
}
