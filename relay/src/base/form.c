/*
 * form.c
 *		Decoding of form fields.
 *		https://url.spec.whatwg.org/#urlencoded-parsing
 */
#include "base/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes into *out, moves it past the decoded text and the NUL after it, and returns the length. */
static size_t
decode(const char *text, size_t length, char **out)
{
	char *start = *out;
	char *to = start;

	for (size_t i = 0; i < length; i++)
	{
		int high = text[i] == '%' && i + 2 < length ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

		if (low >= 0)
		{
			*to++ = (char) (high << 4 | low);
			i += 2;
		}
		else
			*to++ = text[i] == '+' ? ' ' : text[i];
	}
	*to = '\0';
	*out = to + 1;
	return to - start;
}

static size_t
count_pairs(const char *text, size_t length)
{
	size_t pairs = 1;

	for (size_t i = 0; i < length; i++)
		pairs += text[i] == '&';
	return pairs;
}

Form
form_parse(const char *text, size_t length)
{
	size_t most = count_pairs(text, length);
	Form form = {
	    .fields = must_alloc(most * sizeof(FormField)),
	    .storage = must_alloc(length + 2 * most),
	};
	const char *end = text + length;
	char *out = form.storage;

	for (const char *pair = text; pair < end;)
	{
		const char *next = memchr(pair, '&', end - pair);
		const char *stop = next != NULL ? next : end;
		const char *equals = memchr(pair, '=', stop - pair);
		const char *name_end = equals != NULL ? equals : stop;
		const char *value = equals != NULL ? equals + 1 : stop;

		if (stop > pair)
		{
			FormField *field = &form.fields[form.count++];

			field->name = out;
			field->name_length = decode(pair, name_end - pair, &out);
			field->value = out;
			field->value_length = decode(value, stop - value, &out);
		}
		pair = stop + 1;
	}
	return form;
}

/* The first field of that name; NULL when there is none. */
static const FormField *
find_field(const Form *form, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < form->count; i++)
		if (form->fields[i].name_length == length && memcmp(form->fields[i].name, name, length) == 0)
			return &form->fields[i];
	return NULL;
}

bool
form_has_nul(const Form *form, const char *name)
{
	const FormField *field = find_field(form, name);

	return field != NULL && strlen(field->value) != field->value_length;
}

const char *
form_value(const Form *form, const char *name)
{
	const FormField *field = find_field(form, name);

	return field != NULL && strlen(field->value) == field->value_length ? field->value : NULL;
}

void
form_free(Form *form)
{
	free(form->fields);
	free(form->storage);
	*form = (Form){0};
}
