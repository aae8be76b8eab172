/*
 * live_feed.h
 *		Live events as the database has them, read over one connection, over which other relays' word comes in, too.
 *
 * Rows are to be cleared; NULL: the connection is of no use any more, or the statement failed, and the error says why.
 */
#ifndef RELAY_LIVE_FEED_H
#define RELAY_LIVE_FEED_H

#include "base/uuid.h"
#include "database/db.h"

/* NULL for what does not apply, or is not known. */
typedef struct LiveEvent
{
	const char *user_id;
	const char *seq;
	const char *at;
	const char *type; /* of an event; or ready, resync, and without a number call.status: an open call */
	const char *balance;
	const char *available;
	const char *call_id;
	const char *call_sid;
	const char *status;
	const char *number;
	const char *duration_seconds;
	const char *billed_seconds;
	const char *cost;
	const char *seconds_left;
	const char *max_seconds;
	const char *why;
	const char *kind;
	bool muted;
	const char *request_id;
} LiveEvent;

extern LiveEvent live_feed_at(const PGresult *rows, int row);

/* How things stand with a user and, unless `after` is NULL, what happened since that event. */
extern PGresult *live_feed_snapshot(DbConnection *connection, const char *user_id, const char *after,
                                    DbError *error);

/* What happened to these users since these events: two arrays as SQL writes them. */
extern PGresult *live_feed_events(DbConnection *connection, const char *user_ids, const char *after,
                                  DbError *error);

/* Removes what is old; false on failure. There may be more. */
extern bool live_feed_prune(DbConnection *connection, bool *more, DbError *error);

/* From here on the other relays' word is heard. */
extern bool live_feed_listen(DbConnection *connection, DbError *error);

typedef enum LiveWord
{
	LIVE_WORD_NEWS,  /* the users whose ids it names, separated by blanks, have news */
	LIVE_WORD_MUTED, /* a user, and a request that one of the user's pages has fulfilled */
} LiveWord;

/* Gives the word to all other relays. */
extern bool live_feed_notify(DbConnection *connection, LiveWord word, const char *text, DbError *error);

/*
 * The next word of another relay that has come in; false when there is none. The text is to be freed by PQfreemem with
 * the notification.
 */
extern PGnotify *live_feed_next(DbConnection *connection, LiveWord *word);

/* Asks the pages of a user to turn the microphone of a call off or on. */
extern bool live_feed_request_mute(const Db *db, const char *user_id, const char *call_sid, bool muted,
                                   const char *request_id, DbError *error);

#endif
