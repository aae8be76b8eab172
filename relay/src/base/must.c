/*
 * must.c
 *		Allocation that does not fail.
 */
#include "base/must.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
must(void *pointer)
{
	if (pointer == NULL)
	{
		fputs("worldtune-relay: out of memory\n", stderr);
		abort();
	}
	return pointer;
}

void *
must_alloc(size_t size)
{
	return must(calloc(1, size > 0 ? size : 1));
}

char *
must_copy(const char *text)
{
	return must(strdup(text));
}

char *
must_format(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return must(text);
}
