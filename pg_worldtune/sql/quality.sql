-- How a call was: what the browser measured and what the caller thought.

CREATE TABLE worldtune.call_quality (
  call_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  mos numeric(4,3) CHECK (mos BETWEEN 1 AND 5),
  jitter_ms numeric(9,3) CHECK (jitter_ms BETWEEN 0 AND 60000),
  packet_loss numeric(6,3) CHECK (packet_loss BETWEEN 0 AND 100),
  round_trip_ms numeric(9,3) CHECK (round_trip_ms BETWEEN 0 AND 60000),
  warnings text[],
  rating smallint CHECK (rating BETWEEN 1 AND 5),
  issues text[],
  reported_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX call_quality_user ON worldtune.call_quality (user_id);
SELECT pg_catalog.pg_extension_config_dump('worldtune.call_quality', '');
COMMENT ON TABLE worldtune.call_quality IS 'How calls were, one row a call: what the browser measured and what the caller thought. The last word counts, field by field.';
COMMENT ON COLUMN worldtune.call_quality.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune.call_quality.user_id IS 'Who called.';
COMMENT ON COLUMN worldtune.call_quality.mos IS 'Mean opinion score, 1 (bad) to 5.';
COMMENT ON COLUMN worldtune.call_quality.jitter_ms IS 'Jitter, in milliseconds.';
COMMENT ON COLUMN worldtune.call_quality.packet_loss IS 'Packets lost, in percent.';
COMMENT ON COLUMN worldtune.call_quality.round_trip_ms IS 'Round-trip time, in milliseconds.';
COMMENT ON COLUMN worldtune.call_quality.warnings IS 'What the browser warned of, such as high-jitter.';
COMMENT ON COLUMN worldtune.call_quality.rating IS 'What the caller thought, 1 (bad) to 5.';
COMMENT ON COLUMN worldtune.call_quality.issues IS 'What the caller complained of, such as echo.';
COMMENT ON COLUMN worldtune.call_quality.reported_at IS 'When the last word came.';

CREATE FUNCTION worldtune_internal.quality_number(quality jsonb, name text, lowest numeric, highest numeric) RETURNS numeric
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given jsonb := quality -> name;
BEGIN
  IF given IS NULL OR jsonb_typeof(given) = 'null' THEN
    RETURN NULL;
  END IF;
  IF jsonb_typeof(given) = 'number' AND (given #>> '{}')::numeric BETWEEN lowest AND highest THEN
    RETURN (given #>> '{}')::numeric;
  END IF;
  RAISE EXCEPTION '% must be a number from % to %', name, lowest, highest USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION worldtune_internal.quality_number(jsonb, text, numeric, numeric) IS 'The number of that name, NULL where there is none; 22023 outside the range.';

CREATE FUNCTION worldtune_internal.quality_words(quality jsonb, name text) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given jsonb := quality -> name;
  words text[];
BEGIN
  IF given IS NULL OR jsonb_typeof(given) = 'null' THEN
    RETURN NULL;
  END IF;
  IF jsonb_typeof(given) = 'array' AND jsonb_array_length(given) <= 50 THEN
    SELECT coalesce(array_agg(w.word #>> '{}' ORDER BY w.position), '{}') INTO words
    FROM jsonb_array_elements(given) WITH ORDINALITY w(word, position)
    WHERE jsonb_typeof(w.word) = 'string' AND length(w.word #>> '{}') BETWEEN 1 AND 100;
    IF cardinality(words) = jsonb_array_length(given) THEN
      RETURN words;
    END IF;
  END IF;
  RAISE EXCEPTION '% must be a list of at most 50 texts of 1 to 100 characters', name USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION worldtune_internal.quality_words(jsonb, text) IS 'The list of that name, NULL where there is none; 22023 for any other value.';

CREATE FUNCTION worldtune.record_call_quality(user_id uuid, call_sid text, quality jsonb) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  call uuid := (worldtune.find_call($1, $2)).call_id;
  rating numeric;
BEGIN
  IF quality IS NULL OR jsonb_typeof(quality) <> 'object' THEN
    RAISE EXCEPTION 'quality must be a JSON object' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  rating := worldtune_internal.quality_number(quality, 'rating', 1, 5);
  IF rating <> trunc(rating) THEN
    RAISE EXCEPTION 'rating must be a whole number from 1 to 5' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO worldtune.call_quality AS q (call_id, user_id, mos, jitter_ms, packet_loss, round_trip_ms, warnings, rating, issues)
  VALUES (call, $1, worldtune_internal.quality_number(quality, 'mos', 1, 5), worldtune_internal.quality_number(quality, 'jitterMs', 0, 60000),
    worldtune_internal.quality_number(quality, 'packetLoss', 0, 100), worldtune_internal.quality_number(quality, 'roundTripMs', 0, 60000),
    worldtune_internal.quality_words(quality, 'warnings'), rating, worldtune_internal.quality_words(quality, 'issues'))
  ON CONFLICT (call_id) DO UPDATE SET
    mos = CASE WHEN quality ? 'mos' THEN excluded.mos ELSE q.mos END,
    jitter_ms = CASE WHEN quality ? 'jitterMs' THEN excluded.jitter_ms ELSE q.jitter_ms END,
    packet_loss = CASE WHEN quality ? 'packetLoss' THEN excluded.packet_loss ELSE q.packet_loss END,
    round_trip_ms = CASE WHEN quality ? 'roundTripMs' THEN excluded.round_trip_ms ELSE q.round_trip_ms END,
    warnings = CASE WHEN quality ? 'warnings' THEN excluded.warnings ELSE q.warnings END,
    rating = CASE WHEN quality ? 'rating' THEN excluded.rating ELSE q.rating END,
    issues = CASE WHEN quality ? 'issues' THEN excluded.issues ELSE q.issues END,
    reported_at = now();
END
$$;
COMMENT ON FUNCTION worldtune.record_call_quality(uuid, text, jsonb) IS
  'Keeps how that user''s call was: mos (1 to 5), jitterMs, roundTripMs (0 to 60000), packetLoss (percent), warnings and issues (at most 50 texts), rating (1 to 5), all optional; what is not named stays as it was, null takes it back. Errors: P0002 when there is no such call of that user; 22023 for a value that is none.';
