/*
 * jwk_fuzz.c
 *		Any bytes as a key set: what is taken verifies nothing that was never signed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "door/jwk.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	JwkSet *set = jwk_set_read((const char *) data, size);
	const Jwk *jwk = set != NULL ? jwk_set_find(set, "k") : NULL;
	unsigned char signature[64] = {1};

	if (jwk != NULL && (jwk_verifies(jwk, JWK_ES256, "a.b", 3, signature, sizeof(signature)) ||
	                    jwk_verifies(jwk, JWK_RS256, "a.b", 3, signature, sizeof(signature))))
		abort();
	jwk_set_release(set);
	return 0;
}
