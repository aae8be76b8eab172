/*
 * door.c
 *		Bearer tokens and Twilio's signature.
 */
#include "door/door.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/must.h"
#include "door/user_token.h"
#include "metrics/metrics.h"
#include "settings/config.h"
#include "twilio/twilio_signature.h"

/* Twilio sends some fifty, and what is signed is sorted before it is known who signed. */
#define FIELDS_MAX 1000

static bool
refuse(HttpReply *reply, const char *reason)
{
	http_add_header(reply, "WWW-Authenticate", "Bearer");
	http_reply_error(reply, 401, "unauthorized", "%s", reason);
	return false;
}

/* The user of the bearer token; without a token user_id stays empty. */
static bool
read_token(HttpRequest *request, HttpReply *reply)
{
	static const char scheme[] = "Bearer ";
	const char *header = http_header(request, "Authorization");
	UserToken token;
	const char *fault;

	if (header == NULL)
		return true;
	if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return refuse(reply, "send Authorization: Bearer and the token of a signed-in user");
	fault = user_token_read(request->config, request->relay->jwks, header + sizeof(scheme) - 1, time(NULL),
	                        request->deadline_ms, &token);
	if (fault != NULL)
	{
		metric_count(METRIC_TOKENS_REFUSED);
		return refuse(reply, fault);
	}
	strcpy(request->user_id, token.user_id);
	return true;
}

static bool
require_user(HttpRequest *request, HttpReply *reply)
{
	if (!read_token(request, reply))
		return false;
	return request->user_id[0] != '\0' ||
	       refuse(reply, "sign in first: this needs Authorization: Bearer and a token");
}

static bool
refuse_signature(const HttpRequest *request, HttpReply *reply, const char *why)
{
	metric_count_one(METRIC_WEBHOOKS_REFUSED, why);
	log_warn("signature_refused", log_text("path", request->path), log_text("why", why));
	http_reply_error(reply, 403, "invalid_signature",
	                 "this is for Twilio, whose signature is missing or wrong");
	return false;
}

/* Whether there is anything that may be a signature. */
static bool
require_signature(const HttpRequest *request, HttpReply *reply)
{
	const char *signature = http_header(request, "X-Twilio-Signature");

	if (signature == NULL)
		return refuse_signature(request, reply, "missing");
	return strlen(signature) == TWILIO_SIGNATURE_LENGTH || refuse_signature(request, reply, "malformed");
}

bool
door_admit(Door door, HttpRequest *request, HttpReply *reply)
{
	switch (door)
	{
		case DOOR_USER:
			return require_user(request, reply);
		case DOOR_OPTIONAL_USER:
			return read_token(request, reply);
		case DOOR_TWILIO:
			return require_signature(request, reply);
		case DOOR_OPEN:
			break;
	}
	return true;
}

/* The URL as Twilio has it: what the world calls this relay, and the target as it was received. */
static char *
signed_url(const HttpRequest *request)
{
	return must_format("%s%s%s%s", request->config->public_url, request->path,
	                   request->query != NULL ? "?" : "", request->query != NULL ? request->query : "");
}

/* By any of the account's tokens: while one is rotated, Twilio signs with the old or the new. */
static bool
is_signed_by_twilio(const HttpRequest *request, const char *url)
{
	const char *signature = http_header(request, "X-Twilio-Signature");

	for (char **token = request->config->twilio_auth_tokens; *token != NULL; token++)
		if (twilio_signature_valid(*token, url, &request->form, signature))
			return true;
	return false;
}

bool
door_admit_body(Door door, HttpRequest *request, HttpReply *reply)
{
	bool is_form = http_has_type(request, MEDIA_TYPE_FORM);
	char *url;
	bool valid;

	if (door != DOOR_TWILIO)
		return true;
	if (is_form)
		request->form = form_parse(request->body, request->body_length);
	if (request->form.count > FIELDS_MAX)
		return refuse_signature(request, reply, "malformed");
	url = signed_url(request);
	valid = is_signed_by_twilio(request, url) &&
	        (is_form || request->body_length == 0 ||
	         twilio_body_hash_valid(&request->parameters, request->body, request->body_length));
	free(url);
	return valid || refuse_signature(request, reply, "wrong");
}
