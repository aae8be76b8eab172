/*
 * muting.h
 *		Requests that wait for a page to say that it has done what it was asked.
 */
#ifndef RELAY_MUTING_H
#define RELAY_MUTING_H

#include <stdbool.h>

#include "base/uuid.h"

typedef struct MuteRequest
{
	struct MuteRequest *next;
	char user_id[UUID_SIZE];
	char id[UUID_SIZE]; /* made by muting_begin */
	bool done;
} MuteRequest;

/* Before the pages are asked; to be ended by muting_wait. */
extern void muting_begin(MuteRequest *request, const char *user_id);

/* Whether a page confirmed by the deadline (0: nobody was asked). */
extern bool muting_wait(MuteRequest *request, long long deadline_ms);

/* A page of the user, connected here or to another relay, has fulfilled the request; whether it waits here. */
extern bool muting_confirm(const char *user_id, const char *id);

#endif
