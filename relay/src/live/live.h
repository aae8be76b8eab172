/*
 * live.h
 *		Live events: what happens to users' calls and credit, on their pages as it happens.
 */
#ifndef RELAY_LIVE_H
#define RELAY_LIVE_H

#include <stdbool.h>

#include "base/relay.h"
#include "database/db.h"

struct Config;

/* Listens; false when it cannot. Sets the port. http_port is where the relay's own page comes from. */
extern bool live_start(const Relay *relay, const struct Config *config, int http_port, int *port);

/* Says good-bye to the pages. After the last request. */
extern void live_stop(void);

/* Where pages connect to: LIVE_URL, or this listener. To be freed. */
extern char *live_url(const struct Config *config);

typedef enum LiveAnswer
{
	LIVE_DONE,
	LIVE_NOBODY, /* no page said so by the deadline, or within five seconds */
	LIVE_FAILED, /* the error says why: P0002 not the user's call, 55000 the call is over */
} LiveAnswer;

/* Asks the pages of a user, wherever they are connected, to turn the microphone of a call off or on. */
extern LiveAnswer live_mute(const Db *db, const char *user_id, const char *call_sid, bool muted,
                            DbError *error);

#endif
