/*
 * twilio_signature.h
 *		X-Twilio-Signature: does this request come from Twilio, for this account?
 *		https://www.twilio.com/docs/usage/security
 */
#ifndef RELAY_TWILIO_SIGNATURE_H
#define RELAY_TWILIO_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/form.h"

#define TWILIO_SIGNATURE_LENGTH 28 /* HMAC-SHA1 in base64 */

/*
 * Whether the signature covers the URL (as Twilio requested it, percent-encoding untouched) and the fields of
 * the form body; no form for any other request. Twilio signs with or without the port: either will do.
 */
extern bool twilio_signature_valid(const char *auth_token, const char *url, const Form *form,
                                   const char *signature);

/*
 * Whether the query's bodySHA256 is the hash of a body that is no form. The signature covers that query, and
 * only by it the body.
 */
extern bool twilio_body_hash_valid(const Form *query, const char *body, size_t length);

#endif
