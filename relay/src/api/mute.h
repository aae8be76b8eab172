/*
 * mute.h
 *		Turning the microphone of a call off and on, asked for over HTTP.
 */
#ifndef RELAY_MUTE_H
#define RELAY_MUTE_H

#include "http/http.h"

extern void mute_call(HttpRequest *request, HttpReply *reply);

#endif
