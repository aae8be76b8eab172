/*
 * auth.c
 *		Bearer tokens and Twilio's signature, at the door of the handlers.
 */
#include "door/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/must.h"
#include "door/user_token.h"
#include "settings/config.h"
#include "twilio/twilio_signature.h"

static bool
refuse(HttpReply *reply, const char *reason)
{
	http_add_header(reply, "WWW-Authenticate", "Bearer");
	http_reply_error(reply, 401, "unauthorized", "%s", reason);
	return false;
}

bool
auth_optional_user(const HttpRequest *request, HttpReply *reply, char user_id[UUID_SIZE])
{
	static const char scheme[] = "Bearer ";
	const char *header = http_header(request, "Authorization");
	const char *fault;

	user_id[0] = '\0';
	if (header == NULL)
		return true;
	if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return refuse(reply, "send Authorization: Bearer and the token of a signed-in user");
	fault = user_token_read(request->relay->user_token_key, header + sizeof(scheme) - 1, time(NULL), user_id);
	return fault == NULL || refuse(reply, fault);
}

bool
auth_require_user(const HttpRequest *request, HttpReply *reply, char user_id[UUID_SIZE])
{
	if (!auth_optional_user(request, reply, user_id))
		return false;
	return user_id[0] != '\0' || refuse(reply, "sign in first: this needs Authorization: Bearer and a token");
}

/* The URL as Twilio has it: what the world calls this relay, and the target as it was received. */
static char *
signed_url(const HttpRequest *request)
{
	return must_format("%s%s%s%s", request->relay->config->public_url, request->path,
	                   request->query != NULL ? "?" : "", request->query != NULL ? request->query : "");
}

bool
auth_require_twilio(const HttpRequest *request, HttpReply *reply, Form *form)
{
	bool is_form = http_has_type(request, "application/x-www-form-urlencoded");
	const char *signature = http_header(request, "X-Twilio-Signature");
	char *url = signed_url(request);
	bool valid;

	*form = is_form ? form_parse(request->body, request->body_length) : (Form){0};
	valid = twilio_signature_valid(request->relay->config->twilio_auth_token, url, form, signature) &&
	        (is_form || request->body_length == 0 ||
	         twilio_body_hash_valid(&request->parameters, request->body, request->body_length));
	free(url);
	if (valid)
		return true;
	form_free(form);
	log_warn("signature_refused", log_text("path", request->path),
	         log_text("why", signature == NULL ? "missing" : "wrong; is PUBLIC_URL what Twilio calls?"));
	http_reply_error(reply, 403, "invalid_signature",
	                 "this is for Twilio, whose signature is missing or wrong");
	return false;
}
