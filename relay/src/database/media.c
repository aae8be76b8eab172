/*
 * media.c
 *		Recordings and transcripts, in SQL.
 */
#include "database/media.h"

#include <stdio.h>

#include "database/columns.h"

#define NUMBER_SIZE 12
#define RECORDING_COLUMNS "recording_sid, user_id, stored_as"

bool
media_record_recording(const Db *db, const RecordingEvent *event, DbError *error)
{
	char days[NUMBER_SIZE];
	const char *parameters[] = {event->user_id, event->call_sid,         event->recording_sid,
	                            event->status,  event->duration_seconds, days,
	                            event->price};

	snprintf(days, sizeof(days), "%d", event->retention_days);
	return query_nothing(
	    db,
	    "SELECT CASE WHEN r.news IS NOT NULL AND $4::text = 'completed' AND $5::int IS NOT NULL THEN"
	    " worldtune.record_carrier_charge($1::uuid, $2::text, 'recording', $3::text,"
	    " ceil($5::int / 60.0) * $7::numeric, 'USD', true) END"
	    " FROM (SELECT worldtune.record_recording($1::uuid, $2::text, $3::text, $4::text, $5::int, $6::int)"
	    " AS news OFFSET 0) r",
	    COUNT(parameters), parameters, error);
}

bool
media_record_utterance(const Db *db, const Utterance *utterance, DbError *error)
{
	char days[NUMBER_SIZE];
	const char *parameters[] = {
	    utterance->user_id, utterance->call_sid, utterance->transcription_sid, utterance->sequence_id,
	    utterance->speaker, utterance->spoken,   utterance->confidence,        days};

	snprintf(days, sizeof(days), "%d", utterance->retention_days);
	return query_nothing(db,
	                     "SELECT worldtune.record_transcript($1::uuid, $2::text, $3::text, $4::int, $5::text,"
	                     " $6::text, $7::numeric, $8::int)",
	                     COUNT(parameters), parameters, error);
}

bool
media_record_transcription(const Db *db, const Utterance *utterance, const char *ended_at, const char *price,
                           DbError *error)
{
	const char *parameters[] = {utterance->user_id, utterance->call_sid, utterance->transcription_sid,
	                            ended_at, price};

	return query_nothing(
	    db,
	    "SELECT worldtune.record_carrier_charge($1::uuid, $2::text, 'transcription', $3::text,"
	    " greatest(ceil(extract(epoch FROM coalesce($4::timestamptz, now()) - c.created_at) / 60), 1)"
	    " * $5::numeric, 'USD', true) FROM worldtune.find_call($1::uuid, $2::text) c",
	    COUNT(parameters), parameters, error);
}

bool
media_record_price(const Db *db, const char *user_id, const char *call_sid, const char *recording_sid,
                   const char *price, DbError *error)
{
	const char *parameters[] = {user_id, call_sid, recording_sid, price};

	return query_nothing(
	    db, "SELECT worldtune.record_carrier_charge($1::uuid, $2::text, 'recording', $3::text, $4::numeric)",
	    COUNT(parameters), parameters, error);
}

PGresult *
media_find_recording(const Db *db, const char *user_id, const char *call_sid, DbError *error)
{
	const char *parameters[] = {user_id, call_sid};

	return db_query(db, "SELECT " RECORDING_COLUMNS " FROM worldtune.find_recording($1::uuid, $2::text)",
	                COUNT(parameters), parameters, error);
}

PGresult *
media_expired_recordings(const Db *db, const char *claim_seconds, DbError *error)
{
	const char *parameters[] = {claim_seconds};

	return db_query(db, "SELECT " RECORDING_COLUMNS " FROM worldtune.expired_recordings(20, $1::int)",
	                COUNT(parameters), parameters, error);
}

PGresult *
media_unstored_recordings(const Db *db, const char *claim_seconds, DbError *error)
{
	const char *parameters[] = {claim_seconds};

	return db_query(db, "SELECT " RECORDING_COLUMNS " FROM worldtune.unstored_recordings(20, $1::int)",
	                COUNT(parameters), parameters, error);
}

Recording
media_recording_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	Recording recording;

	recording.recording_sid = next_text(&columns);
	recording.user_id = next_text(&columns);
	recording.stored_as = next_text(&columns);
	return recording;
}

bool
media_store_recording(const Db *db, const Recording *recording, const char *stored_as, DbError *error)
{
	const char *parameters[] = {recording->user_id, recording->recording_sid, stored_as};

	return query_nothing(db, "SELECT worldtune.store_recording($1::uuid, $2::text, $3::text)",
	                     COUNT(parameters), parameters, error);
}

bool
media_forget_recording(const Db *db, const Recording *recording, DbError *error)
{
	const char *parameters[] = {recording->user_id, recording->recording_sid};

	return query_nothing(db, "SELECT worldtune.forget_recording($1::uuid, $2::text)", COUNT(parameters),
	                     parameters, error);
}

bool
media_expire_transcripts(const Db *db, DbError *error)
{
	return query_nothing(db, "SELECT worldtune.expire_transcripts()", 0, NULL, error);
}
