/*
 * media.c
 *		Keeping and deleting what was heard. The sound goes before its row: what is not certainly gone is tried again.
 */
#include "watchdog/media.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "database/media.h"
#include "database/sql_error.h"
#include "settings/config.h"
#include "twilio/recordings.h"
#include "twilio/sound.h"

#define DELETE_CLAIM_SECONDS "120"
#define STORE_CLAIM_SECONDS "900" /* moving an hour of sound takes minutes */

static void
log_failure(const char *event, const char *sid, const DbError *error)
{
	log_warn(event, log_text("sid", sid), log_text("sqlstate", error->sqlstate),
	         log_text("message", sql_error_loggable(error)));
}

static void
expire(const Db *db, const Carrier *carrier, const Recording *recording)
{
	DbError error;
	bool gone = recording->stored_as == NULL ||
	            (carrier->config->recordings_bucket != NULL && sound_delete(carrier, recording->stored_as));

	if (gone && carrier_delete_recording(carrier, recording->recording_sid, db->deadline_ms) &&
	    !media_forget_recording(db, recording, &error))
		log_failure("recording_not_forgotten", recording->recording_sid, &error);
}

/* Twilio's copy goes when the other is booked; should that fail, it goes when the recording expires. */
static void
store(const Db *db, const Carrier *carrier, const Recording *recording)
{
	char *stored_as = must_format("%s/%s.wav", recording->user_id, recording->recording_sid);
	DbError error;

	if (sound_store(carrier, recording->recording_sid, stored_as))
	{
		/* The sound took its time; its booking has its own. */
		Db again = {.pool = db->pool, .lane = db->lane, .deadline_ms = clock_ms() + 5000};

		if (media_store_recording(&again, recording, stored_as, &error))
			carrier_delete_recording(carrier, recording->recording_sid, again.deadline_ms);
		else
			log_failure("recording_not_stored", recording->recording_sid, &error);
	}
	free(stored_as);
}

typedef PGresult *(*Claim)(const Db *db, const char *claim_seconds, DbError *error);
typedef void (*Step)(const Db *db, const Carrier *carrier, const Recording *recording);

static void
for_each(const Db *db, const Carrier *carrier, Claim claim, const char *claim_seconds, Step step)
{
	DbError error;
	PGresult *rows = claim(db, claim_seconds, &error);

	if (rows == NULL)
		log_failure("recordings_not_found", NULL, &error);
	for (int row = 0; row < PQntuples(rows) && clock_left_ms(db->deadline_ms) > 0; row++)
	{
		Recording recording = media_recording_at(rows, row);

		step(db, carrier, &recording);
	}
	PQclear(rows);
}

void
media_look_after(const Db *db, const Carrier *carrier)
{
	DbError error;

	if (!media_expire_transcripts(db, &error))
		log_failure("transcripts_not_expired", NULL, &error);
	for_each(db, carrier, media_expired_recordings, DELETE_CLAIM_SECONDS, expire);
	if (carrier->config->recordings_bucket != NULL)
		for_each(db, carrier, media_unstored_recordings, STORE_CLAIM_SECONDS, store);
}

typedef struct Priced
{
	const Db *db;
	const char *user_id;
	const char *call_sid;
} Priced;

static void
book_price(void *context, const char *recording_sid, const char *price)
{
	const Priced *priced = context;
	DbError error;

	if (!media_record_price(priced->db, priced->user_id, priced->call_sid, recording_sid, price, &error))
		log_failure("charges_not_recorded", recording_sid, &error);
}

void
media_ask_for_prices(const Db *db, const Carrier *carrier, const char *user_id, const char *call_sid)
{
	Priced priced = {db, user_id, call_sid};

	carrier_recording_prices(carrier, call_sid, db->deadline_ms, book_price, &priced);
}
