/*
 * account.h
 *		What a signed-in user asks about themselves: credit, calls, a token for Twilio.
 */
#ifndef RELAY_ACCOUNT_H
#define RELAY_ACCOUNT_H

#include "http/http.h"

extern void account_balance(HttpRequest *request, HttpReply *reply);
extern void account_check_credit(HttpRequest *request, HttpReply *reply);
extern void account_access_token(HttpRequest *request, HttpReply *reply);

#endif
