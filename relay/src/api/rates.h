/*
 * rates.h
 *		What calls cost, for everybody.
 */
#ifndef RELAY_RATES_H
#define RELAY_RATES_H

#include "http/http.h"

extern void rates_lookup(HttpRequest *request, HttpReply *reply);
extern void rates_countries(HttpRequest *request, HttpReply *reply);

#endif
