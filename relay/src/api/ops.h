/*
 * ops.h
 *		Is the relay alive, can it serve, and what has it done?
 */
#ifndef RELAY_OPS_H
#define RELAY_OPS_H

#include "http/http.h"

extern void ops_healthz(HttpRequest *request, HttpReply *reply);
extern void ops_readyz(HttpRequest *request, HttpReply *reply);
extern void ops_metrics(HttpRequest *request, HttpReply *reply);

#endif
