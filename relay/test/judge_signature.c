/*
 * judge_signature.c
 *		Says of each line of its input whether the signature is good: token, URL, form body and signature between tabs; a body of "-" is
 *		none. test/http/signatures.test.mjs holds it against Twilio's own package.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "twilio/twilio_signature.h"

#define FIELDS 4

int
main(void)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	while ((length = getline(&line, &capacity, stdin)) > 0)
	{
		char *rest = line;
		char *fields[FIELDS];
		bool has_form;
		Form form;

		line[length - 1] = '\0';
		for (int i = 0; i < FIELDS; i++)
			fields[i] = strsep(&rest, "\t");
		if (fields[FIELDS - 1] == NULL)
			return EXIT_FAILURE;
		has_form = strcmp(fields[2], "-") != 0;
		form = form_parse(fields[2], has_form ? strlen(fields[2]) : 0);
		puts(twilio_signature_valid(fields[0], fields[1], has_form ? &form : NULL, fields[3]) ? "1" : "0");
		form_free(&form);
	}
	free(line);
	return EXIT_SUCCESS;
}
