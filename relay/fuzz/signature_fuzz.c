/*
 * signature_fuzz.c
 *		Any bytes as what Twilio may have signed: URL, form and signature, each up to a line's end. Nothing is believed that was
 *		never signed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "twilio/twilio_signature.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = must_alloc(size + 1);
	char *rest = text;
	char *url, *fields, *signature;
	Form form;

	memcpy(text, data, size);
	url = strsep(&rest, "\n");
	fields = rest != NULL ? strsep(&rest, "\n") : "";
	signature = rest != NULL ? rest : "";
	form = form_parse(fields, strlen(fields));
	if (twilio_signature_valid("8f2c1d4b5a6e7f8091a2b3c4d5e6f708", url, &form, signature) ||
	    twilio_body_hash_valid(&form, signature, strlen(signature)))
		abort();
	form_free(&form);
	free(text);
	return 0;
}
