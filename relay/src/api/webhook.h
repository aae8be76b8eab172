/*
 * webhook.h
 *		What all of Twilio's requests have in common: whose call it is, fields read with care, TwiML in return.
 */
#ifndef RELAY_WEBHOOK_H
#define RELAY_WEBHOOK_H

#include <stdbool.h>

#include "http/http.h"

/* The SID of that kind in the signed form; NULL when there is none that is one. */
extern const char *webhook_sid(const HttpRequest *request, const char *name, const char *kind);

/* Whole seconds of the form, as their text; NULL when they are none. */
extern const char *webhook_seconds(const HttpRequest *request, const char *name);

/* The user whom the signed URL names; where it does not, the client at either end of the caller's leg. */
extern bool webhook_user(const HttpRequest *request, char user_id[UUID_SIZE]);

/* Answers with TwiML, which it takes over. */
extern void webhook_reply(HttpReply *reply, char *document);

/* Says the sentence of that key and hangs up. */
extern void webhook_refuse(const HttpRequest *request, HttpReply *reply, const char *sentence);

#endif
