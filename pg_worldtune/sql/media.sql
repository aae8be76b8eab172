-- What was heard of a call: its recordings, by reference, and what was said, as text. Each has its owner and its end: nothing stays for good.

CREATE TABLE worldtune.recordings (
  recording_sid text COLLATE "C" PRIMARY KEY CHECK (recording_sid ~ '^[A-Za-z0-9_-]{1,64}$'),
  call_id uuid NOT NULL,
  user_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('in-progress', 'completed', 'absent')),
  duration_seconds integer CHECK (duration_seconds >= 0),
  stored_as text CHECK (stored_as <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  claimed_until timestamptz
);
CREATE INDEX recordings_call ON worldtune.recordings (call_id);
CREATE INDEX recordings_user ON worldtune.recordings (user_id);
CREATE INDEX recordings_expiry ON worldtune.recordings (expires_at);
SELECT pg_catalog.pg_extension_config_dump('worldtune.recordings', '');
COMMENT ON TABLE worldtune.recordings IS
  'Recordings of calls, by reference: the sound is at the carrier, or where stored_as says. A row goes when the relay has deleted the sound: expired_recordings() hands out what is due.';
COMMENT ON COLUMN worldtune.recordings.recording_sid IS 'Twilio''s SID of the recording.';
COMMENT ON COLUMN worldtune.recordings.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune.recordings.user_id IS 'Whose it is: who placed the call, and nobody else may hear it.';
COMMENT ON COLUMN worldtune.recordings.status IS 'in-progress, completed (there is something to hear) or absent (there is nothing).';
COMMENT ON COLUMN worldtune.recordings.duration_seconds IS 'How long it is, in seconds; NULL while it is not known.';
COMMENT ON COLUMN worldtune.recordings.stored_as IS 'The object in the application''s own storage; NULL: the sound is at the carrier.';
COMMENT ON COLUMN worldtune.recordings.created_at IS 'When it was first told of.';
COMMENT ON COLUMN worldtune.recordings.expires_at IS 'From then on it is to be deleted, and nobody hears it any more.';
COMMENT ON COLUMN worldtune.recordings.claimed_until IS 'Until when a relay that was handed it takes care of it.';

CREATE TABLE worldtune.transcripts (
  transcription_sid text COLLATE "C" NOT NULL CHECK (transcription_sid ~ '^[A-Za-z0-9_-]{1,64}$'),
  sequence_id integer NOT NULL,
  call_id uuid NOT NULL,
  user_id uuid NOT NULL,
  speaker text NOT NULL CHECK (speaker IN ('caller', 'callee')),
  spoken text NOT NULL CHECK (length(spoken) BETWEEN 1 AND 10000),
  confidence numeric(4,3) CHECK (confidence BETWEEN 0 AND 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (transcription_sid, sequence_id)
);
CREATE INDEX transcripts_call ON worldtune.transcripts (call_id);
CREATE INDEX transcripts_user ON worldtune.transcripts (user_id);
CREATE INDEX transcripts_expiry ON worldtune.transcripts (expires_at);
SELECT pg_catalog.pg_extension_config_dump('worldtune.transcripts', '');
COMMENT ON TABLE worldtune.transcripts IS 'What was said in calls, one row an utterance, as the carrier understood it.';
COMMENT ON COLUMN worldtune.transcripts.transcription_sid IS 'Twilio''s SID of the transcription.';
COMMENT ON COLUMN worldtune.transcripts.sequence_id IS 'Orders the utterances of a transcription.';
COMMENT ON COLUMN worldtune.transcripts.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune.transcripts.user_id IS 'Whose it is: who placed the call.';
COMMENT ON COLUMN worldtune.transcripts.speaker IS 'caller or callee.';
COMMENT ON COLUMN worldtune.transcripts.spoken IS 'The words.';
COMMENT ON COLUMN worldtune.transcripts.confidence IS 'How sure the carrier is of them, 0 to 1; NULL: it did not say.';
COMMENT ON COLUMN worldtune.transcripts.created_at IS 'When it was told.';
COMMENT ON COLUMN worldtune.transcripts.expires_at IS 'From then on it is deleted.';

CREATE TYPE worldtune.recording AS (
  recording_sid text,
  call_id uuid,
  user_id uuid,
  duration_seconds integer,
  stored_as text,
  expires_at timestamptz
);
COMMENT ON TYPE worldtune.recording IS 'A recording of a call, by reference.';
COMMENT ON COLUMN worldtune.recording.recording_sid IS 'Twilio''s SID of the recording.';
COMMENT ON COLUMN worldtune.recording.duration_seconds IS 'How long it is, in seconds.';
COMMENT ON COLUMN worldtune.recording.stored_as IS 'The object in the application''s own storage; NULL: the sound is at the carrier.';
COMMENT ON COLUMN worldtune.recording.expires_at IS 'When it is to be deleted.';

-- When what is told of a user's call now is to go. P0002 also where the user is gone: then it must not stay at all.
CREATE FUNCTION worldtune_internal.media_end(user_id uuid, retention_days integer) RETURNS timestamptz
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF retention_days IS NULL OR retention_days NOT BETWEEN 1 AND 3650 THEN
    RAISE EXCEPTION 'retention_days must be a number from 1 to 3650' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM worldtune.user_account(user_id);
  RETURN now() + make_interval(days => retention_days);
END
$$;
COMMENT ON FUNCTION worldtune_internal.media_end(uuid, integer) IS 'Until when what is told of a call of that user now is kept. Errors: P0002 when there is no such user, 22023 for days outside 1 to 3650.';

CREATE FUNCTION worldtune.record_recording(
    user_id uuid, call_sid text, recording_sid text, status text, duration_seconds integer DEFAULT NULL, retention_days integer DEFAULT 30)
  RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  ends_at timestamptz := worldtune_internal.media_end($1, $6);
  call uuid := (worldtune.find_call($1, $2)).call_id;
BEGIN
  INSERT INTO worldtune.recordings AS r (recording_sid, call_id, user_id, status, duration_seconds, expires_at)
  VALUES ($3, call, $1, $4, $5, ends_at)
  ON CONFLICT (recording_sid) DO UPDATE SET status = excluded.status, duration_seconds = excluded.duration_seconds,
    expires_at = CASE WHEN r.expires_at > now() THEN excluded.expires_at ELSE r.expires_at END
  WHERE r.call_id = excluded.call_id AND r.status = 'in-progress' AND excluded.status <> 'in-progress';
  RETURN FOUND;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'this is no recording: its SID, status (in-progress, completed, absent) or length is none' USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION worldtune.record_recording(uuid, text, text, text, integer, integer) IS
  'Notes what the carrier says of a recording of that user''s call, and answers whether that is news; repeats and any order end the same. It is kept for retention_days. Errors: P0002 when there is no such call, or no such user (any more): then the carrier should be told to delete it; 22023 for a SID, status or length that is none, or days outside 1 to 3650.';

CREATE FUNCTION worldtune.find_recording(user_id uuid, call_sid text)
  RETURNS worldtune.recording
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  call uuid := (worldtune.find_call($1, $2)).call_id;
  found worldtune.recording;
BEGIN
  SELECT r.recording_sid, r.call_id, r.user_id, r.duration_seconds, r.stored_as, r.expires_at INTO found FROM worldtune.recordings r
  WHERE r.call_id = call AND r.status = 'completed' AND r.expires_at > now() ORDER BY r.created_at DESC, r.recording_sid LIMIT 1;
  IF found.recording_sid IS NULL THEN
    RAISE EXCEPTION 'call % has no recording', $2 USING ERRCODE = 'no_data_found';
  END IF;
  RETURN found;
END
$$;
COMMENT ON FUNCTION worldtune.find_recording(uuid, text) IS 'The newest recording of that user''s own call that there is to hear. Errors: P0002 when there is none, or the call is another user''s.';

CREATE FUNCTION worldtune_internal.claim_recordings(expired boolean, page_size integer, claim_seconds integer) RETURNS SETOF worldtune.recording
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp ROWS 20
AS $$
BEGIN
  IF page_size IS NULL OR page_size NOT BETWEEN 1 AND 1000 OR claim_seconds IS NULL OR claim_seconds NOT BETWEEN 1 AND 3600 THEN
    RAISE EXCEPTION 'page_size must be from 1 to 1000 and claim_seconds from 1 to 3600' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY
  WITH due AS (
    SELECT r.recording_sid FROM worldtune.recordings r
    WHERE (r.expires_at <= now()) = expired AND (expired OR r.status = 'completed' AND r.stored_as IS NULL)
      AND (r.claimed_until IS NULL OR r.claimed_until <= now())
    ORDER BY r.expires_at LIMIT page_size FOR UPDATE SKIP LOCKED
  )
  UPDATE worldtune.recordings r SET claimed_until = now() + make_interval(secs => claim_seconds)
  FROM due WHERE r.recording_sid = due.recording_sid
  RETURNING r.recording_sid, r.call_id, r.user_id, r.duration_seconds, r.stored_as, r.expires_at;
END
$$;
COMMENT ON FUNCTION worldtune_internal.claim_recordings(boolean, integer, integer) IS 'Recordings that are to go, or else those that are to be stored, claimed for so long.';

CREATE FUNCTION worldtune.expired_recordings(page_size integer DEFAULT 20, claim_seconds integer DEFAULT 60) RETURNS SETOF worldtune.recording
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
AS $$ SELECT * FROM worldtune_internal.claim_recordings(true, page_size, claim_seconds) $$;
COMMENT ON FUNCTION worldtune.expired_recordings(integer, integer) IS
  'Recordings to be deleted, claimed for claim_seconds so that several relays share the work: delete the sound, then forget_recording(). Errors: 22023 for page_size outside 1 to 1000 or claim_seconds outside 1 to 3600.';

CREATE FUNCTION worldtune.unstored_recordings(page_size integer DEFAULT 20, claim_seconds integer DEFAULT 300) RETURNS SETOF worldtune.recording
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
AS $$ SELECT * FROM worldtune_internal.claim_recordings(false, page_size, claim_seconds) $$;
COMMENT ON FUNCTION worldtune.unstored_recordings(integer, integer) IS
  'Recordings whose sound is at the carrier, claimed as by expired_recordings(): copy the sound, then store_recording(). Errors: 22023 as there.';

CREATE FUNCTION worldtune.store_recording(user_id uuid, recording_sid text, stored_as text) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH stored AS (UPDATE worldtune.recordings r SET stored_as = $3, claimed_until = NULL WHERE r.recording_sid = $2 AND r.user_id = $1 RETURNING 1)
  SELECT EXISTS (SELECT FROM stored)
$$;
COMMENT ON FUNCTION worldtune.store_recording(uuid, text, text) IS 'The sound of that recording is kept under that name now, no longer at the carrier; false when there is no such recording of that user.';

CREATE FUNCTION worldtune.forget_recording(user_id uuid, recording_sid text) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH gone AS (DELETE FROM worldtune.recordings r WHERE r.recording_sid = $2 AND r.user_id = $1 RETURNING 1)
  SELECT EXISTS (SELECT FROM gone)
$$;
COMMENT ON FUNCTION worldtune.forget_recording(uuid, text) IS 'The sound of that recording has been deleted: nothing of it remains but what the carrier charged. False when there is no such recording of that user.';

CREATE FUNCTION worldtune.record_transcript(
    user_id uuid, call_sid text, transcription_sid text, sequence_id integer, speaker text, spoken text, confidence numeric DEFAULT NULL,
    retention_days integer DEFAULT 30)
  RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  ends_at timestamptz := worldtune_internal.media_end($1, $8);
  call uuid := (worldtune.find_call($1, $2)).call_id;
BEGIN
  INSERT INTO worldtune.transcripts (transcription_sid, sequence_id, call_id, user_id, speaker, spoken, confidence, expires_at)
  VALUES ($3, $4, call, $1, $5, left($6, 10000), $7, ends_at)
  ON CONFLICT DO NOTHING;
  RETURN FOUND;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'this is no utterance: its SID, number, speaker (caller, callee), words or confidence (0 to 1) is none' USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION worldtune.record_transcript(uuid, text, text, integer, text, text, numeric, integer) IS
  'Keeps what was said in that user''s call, one utterance, for retention_days, and answers whether it is new. Errors: P0002 when there is no such call or user; 22023 for what is no utterance, or days outside 1 to 3650.';

CREATE FUNCTION worldtune.expire_transcripts() RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH gone AS (DELETE FROM worldtune.transcripts t WHERE t.expires_at <= now() RETURNING 1)
  SELECT count(*) FROM gone
$$;
COMMENT ON FUNCTION worldtune.expire_transcripts() IS 'Deletes what was said and has been kept long enough; answers how many utterances.';

-- By anonymize_numbers().
CREATE FUNCTION worldtune_internal.expire_media(older_than interval) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE worldtune.recordings SET expires_at = now() WHERE created_at < now() - older_than AND expires_at > now();
  DELETE FROM worldtune.transcripts WHERE created_at < now() - older_than;
$$;
COMMENT ON FUNCTION worldtune_internal.expire_media(interval) IS 'What was heard of calls before that is to go: transcripts now, recordings as soon as a relay has deleted their sound.';

-- By the trigger on users.
CREATE FUNCTION worldtune_internal.forget_media(user_id uuid) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE worldtune.recordings r SET expires_at = now() WHERE r.user_id = $1 AND r.expires_at > now();
  DELETE FROM worldtune.transcripts t WHERE t.user_id = $1;
  DELETE FROM worldtune.call_quality q WHERE q.user_id = $1;
$$;
COMMENT ON FUNCTION worldtune_internal.forget_media(uuid) IS 'The same of everything of a user who is gone, and what was said of the quality of the calls.';
