/*
 * webhook.c
 *		Reading Twilio's requests and answering them.
 */
#include "api/webhook.h"

#include <string.h>

#include "base/sid.h"
#include "settings/config.h"
#include "twilio/identity.h"
#include "twilio/twiml.h"

#define DURATION_DIGITS_MAX 9

const char *
webhook_sid(const HttpRequest *request, const char *name, const char *kind)
{
	const char *sid = form_value(&request->form, name);

	return sid_is(sid, kind) ? sid : NULL;
}

const char *
webhook_seconds(const HttpRequest *request, const char *name)
{
	const char *text = form_value(&request->form, name);
	size_t digits = text != NULL ? strspn(text, "0123456789") : 0;

	return digits > 0 && digits <= DURATION_DIGITS_MAX && text[digits] == '\0' ? text : NULL;
}

bool
webhook_user(const HttpRequest *request, char user_id[UUID_SIZE])
{
	return uuid_read(form_value(&request->parameters, "user"), user_id) ||
	       identity_read_client(form_value(&request->form, "From"), user_id) ||
	       identity_read_client(form_value(&request->form, "To"), user_id);
}

void
webhook_reply(HttpReply *reply, char *document)
{
	http_reply_body(reply, 200, "text/xml; charset=utf-8", document, strlen(document));
}

void
webhook_refuse(const HttpRequest *request, HttpReply *reply, const char *sentence)
{
	webhook_reply(reply, twiml_refuse(request->config->sentences, sentence));
}
