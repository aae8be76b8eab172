/*
 * webhooks.h
 *		What Twilio asks and tells: the voice request, the status of each leg, the end of the dial.
 */
#ifndef RELAY_WEBHOOKS_H
#define RELAY_WEBHOOKS_H

#include "http/http.h"

extern void webhooks_voice(HttpRequest *request, HttpReply *reply);

extern void webhooks_status(HttpRequest *request, HttpReply *reply);
extern void webhooks_dial_complete(HttpRequest *request, HttpReply *reply);

#endif
