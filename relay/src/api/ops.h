/*
 * ops.h
 *		Is the relay alive, and can it serve?
 */
#ifndef RELAY_OPS_H
#define RELAY_OPS_H

#include "http/http.h"

extern void ops_healthz(HttpRequest *request, HttpReply *reply);
extern void ops_readyz(HttpRequest *request, HttpReply *reply);

#endif
