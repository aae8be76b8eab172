/*
 * conference.h
 *		Calls whose legs meet in a conference (CALL_MODE=conference): the caller enters it, then the callee is dialled into it.
 */
#ifndef RELAY_API_CONFERENCE_H
#define RELAY_API_CONFERENCE_H

#include "database/service.h"
#include "http/http.h"

/* Answers the voice request: the caller enters the conference. */
extern void conference_enter(const HttpRequest *request, HttpReply *reply, const char *user_id,
                             const CallAuthorization *call);

/* What happens in the conference. */
extern void conference_event(HttpRequest *request, HttpReply *reply);

/* The caller has left it. */
extern void conference_left(HttpRequest *request, HttpReply *reply);

/* The call that the leg of this status callback was dialled for; NULL when it was not dialled into a conference. */
extern const char *conference_call_of(const HttpRequest *request);

/*
 * Remembers the leg, if it was dialled into a conference: Twilio may not have said what it dialled. False with an error reply.
 */
extern bool conference_note_leg(const HttpRequest *request, HttpReply *reply, const CallEvent *event);

/*
 * The callee's leg has come to such an end: who waits alone in the conference is told. False with an error reply when Twilio did
 * not do it, so that it reports the end again.
 */
extern bool conference_tell_end(const HttpRequest *request, HttpReply *reply, const char *sentence);

#endif
