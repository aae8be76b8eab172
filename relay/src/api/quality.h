/*
 * quality.h
 *		What a browser and its user say of a call.
 */
#ifndef RELAY_API_QUALITY_H
#define RELAY_API_QUALITY_H

#include "http/http.h"

extern void quality_report(HttpRequest *request, HttpReply *reply);

#endif
