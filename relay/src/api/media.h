/*
 * media.h
 *		What Twilio tells of recordings and transcripts, and what callees are told of them.
 */
#ifndef RELAY_API_MEDIA_H
#define RELAY_API_MEDIA_H

#include "http/http.h"

extern void media_announcement(HttpRequest *request, HttpReply *reply);
extern void media_recording(HttpRequest *request, HttpReply *reply);
extern void media_transcription(HttpRequest *request, HttpReply *reply);

#endif
