/*
 * refusal.h
 *		Why a call is refused: the reasons that the database gives, as HTTP; what is said aloud stands in settings/sentences.c.
 */
#ifndef RELAY_REFUSAL_H
#define RELAY_REFUSAL_H

#include "http/http.h"

typedef struct Refusal
{
	const char *reason; /* NULL: any other */
	int status;
	int retry_after_seconds; /* 0: trying again does not help */
	const char *message;     /* for the page */
} Refusal;

/* The entry of that reason (or NULL). */
extern const Refusal *refusal_find(const char *reason);

extern void refusal_reply(HttpReply *reply, const char *reason);

#endif
