/*
 * history.h
 *		What was: the user's calls, every change of the balance, and how a call came to its price.
 */
#ifndef RELAY_HISTORY_H
#define RELAY_HISTORY_H

#include "http/http.h"

extern void history_calls(HttpRequest *request, HttpReply *reply);
extern void history_ledger(HttpRequest *request, HttpReply *reply);
extern void history_receipt(HttpRequest *request, HttpReply *reply);

#endif
