/*
 * form.h
 *		application/x-www-form-urlencoded, as in form bodies and in the query of a URL.
 */
#ifndef RELAY_FORM_H
#define RELAY_FORM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct FormField
{
	const char *name; /* decoded; may hold NUL bytes, which is why the length stands beside it */
	size_t name_length;
	const char *value;
	size_t value_length;
} FormField;

typedef struct Form
{
	FormField *fields; /* in the order sent */
	size_t count;
	char *storage;
} Form;

/* Decodes the text, every pair of it, also empty values and repeated names. An escape that is none stays as
 * it is. */
extern Form form_parse(const char *text, size_t length);

/* The first value of that name; NULL when there is none, or when it holds a NUL byte. */
extern const char *form_value(const Form *form, const char *name);

/* Whether there is a value of that name with a NUL byte in it. */
extern bool form_has_nul(const Form *form, const char *name);

extern void form_free(Form *form);

#endif
