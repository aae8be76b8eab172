/*
 * recordings.h
 *		Hearing one's own calls again.
 */
#ifndef RELAY_API_RECORDINGS_H
#define RELAY_API_RECORDINGS_H

#include "http/http.h"

extern void recordings_play(HttpRequest *request, HttpReply *reply);

#endif
