
-- Who chose what, from when to when: the row in use says since when and by whom, and what it replaces goes into the table's history.
-- An INSERT writes no history, so that a restore brings back both as they were.

CREATE FUNCTION worldtune_internal.keep_history() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who text := worldtune_internal.acting_as();
  -- By the clock: of two transactions the one that waited for the other comes later, whichever began first.
  moment timestamptz := clock_timestamp();
  history text := format('INSERT INTO worldtune.%I', TG_TABLE_NAME || '_history');
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('%s SELECT t.*, $1, $2 FROM worldtune.%I t', history, TG_TABLE_NAME) USING moment, who;
    RETURN NULL;
  END IF;
  EXECUTE history || ' SELECT ($1).*, $2, $3' USING OLD, moment, who;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  NEW.since := moment;
  NEW.set_by := who;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION worldtune_internal.keep_history() IS 'Trigger: what a row said goes into the table''s history, with its end and who ended it.';

CREATE FUNCTION worldtune_internal.guard_history() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state',
    DETAIL = 'It says who chose what, from when to when.';
END
$$;
COMMENT ON FUNCTION worldtune_internal.guard_history() IS 'Trigger: a history is only added to.';

DO $$
DECLARE
  name text;
  history text;
BEGIN
  FOREACH name IN ARRAY ARRAY['settings', 'user_limits', 'rate_overrides', 'destination_blocks'] LOOP
    history := name || '_history';
    EXECUTE format('CREATE TABLE worldtune.%I (LIKE worldtune.%I INCLUDING COMMENTS, until timestamptz NOT NULL, ended_by text NOT NULL)', history, name);
    EXECUTE format('COMMENT ON TABLE worldtune.%I IS %L', history, format('What rows of worldtune.%I said before they were changed or deleted. Append-only.', name));
    EXECUTE format('COMMENT ON COLUMN worldtune.%I.until IS %L', history, 'When it was changed or deleted.');
    EXECUTE format('COMMENT ON COLUMN worldtune.%I.ended_by IS %L', history, 'Who did that: the role, the session''s user and the signed-in user, if any.');
    PERFORM pg_catalog.pg_extension_config_dump(format('worldtune.%I', history)::regclass, '');
    EXECUTE format('CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON worldtune.%I FOR EACH ROW EXECUTE FUNCTION worldtune_internal.keep_history()', name);
    EXECUTE format('CREATE TRIGGER keep_history_truncate BEFORE TRUNCATE ON worldtune.%I FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.keep_history()', name);
    EXECUTE format('CREATE TRIGGER guard_history BEFORE UPDATE OR DELETE ON worldtune.%I FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_history()', history);
    EXECUTE format('CREATE TRIGGER guard_history_truncate BEFORE TRUNCATE ON worldtune.%I FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_history()', history);
    EXECUTE format('ALTER TABLE worldtune.%1$I ENABLE ALWAYS TRIGGER guard_history, ENABLE ALWAYS TRIGGER guard_history_truncate', history);
  END LOOP;
END
$$;

CREATE INDEX rate_overrides_history_prefix ON worldtune.rate_overrides_history (prefix);

-- What a call would have cost, for the operator who answers for it.

CREATE TYPE worldtune.rate_quote_at AS (
  number text,
  country text,
  iso_country text,
  continent text,
  prefix text,
  description text,
  rate numeric,
  rate_min numeric,
  rate_max numeric,
  connection_fee numeric,
  minimum_seconds integer,
  increment_seconds integer,
  deck_id bigint,
  price_source text,
  origination text,
  deck_prefix text
);
COMMENT ON TYPE worldtune.rate_quote_at IS 'Answer of lookup_rate_at: that of lookup_rate, and where the price comes from.';
COMMENT ON COLUMN worldtune.rate_quote_at.price_source IS 'deck, or override where an own price set the rate, the fee, the minimum or the increment.';
COMMENT ON COLUMN worldtune.rate_quote_at.origination IS 'Leading digits of the caller ID that the deck''s row is for; null for any.';
COMMENT ON COLUMN worldtune.rate_quote_at.deck_prefix IS 'The prefix of the deck''s row, of which comes what the override leaves out; null where no deck has one.';
DO $$
DECLARE
  quoted record;
BEGIN
  FOR quoted IN SELECT a.attname, col_description(q.attrelid, q.attnum) AS meaning FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_attribute q ON q.attrelid = 'worldtune.rate_quote'::regclass AND q.attname = a.attname
      WHERE a.attrelid = 'worldtune.rate_quote_at'::regclass LOOP
    EXECUTE format('COMMENT ON COLUMN worldtune.rate_quote_at.%I IS %L', quoted.attname, quoted.meaning);
  END LOOP;
END
$$;

CREATE FUNCTION worldtune_internal.deck_row(deck_id bigint, dialled text, caller text) RETURNS SETOF worldtune.rates
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp ROWS 1
AS $$
  SELECT r.* FROM worldtune.rates r
  WHERE r.deck_id = $1 AND r.prefix = ANY (ARRAY(SELECT left(dialled, digits) FROM generate_series(1, length(dialled)) digits)) AND starts_with(caller, r.origination)
  ORDER BY length(r.prefix) DESC, length(r.origination) DESC LIMIT 1
$$;
COMMENT ON FUNCTION worldtune_internal.deck_row(bigint, text, text) IS 'The row of the deck that prices a call: digits of the number and of the caller ID, which is empty for none.';

CREATE FUNCTION worldtune_internal.override_at(dialled text, at timestamptz) RETURNS SETOF worldtune.rate_overrides
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp ROWS 1
AS $$
  SELECT o.* FROM worldtune.rate_overrides o WHERE o.since <= at AND starts_with(dialled, o.prefix)
  UNION ALL
  SELECT h.prefix, h.rate, h.connection_fee, h.minimum_seconds, h.increment_seconds, h.reason, h.since, h.set_by
  FROM worldtune.rate_overrides_history h WHERE h.since <= at AND h.until > at AND starts_with(dialled, h.prefix)
  ORDER BY prefix DESC LIMIT 1
$$;
COMMENT ON FUNCTION worldtune_internal.override_at(text, timestamptz) IS 'The own price that stood for a number at that time.';

CREATE FUNCTION worldtune.lookup_rate_at(number text, at timestamptz, caller_id text DEFAULT NULL) RETURNS SETOF worldtune.rate_quote_at
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1
AS $$
DECLARE
  dialled text := substr(worldtune.e164(number), 2);
  deck bigint := worldtune.deck_in_force(at);
  r worldtune.rates;
  o worldtune.rate_overrides;
BEGIN
  IF at IS NULL THEN
    RAISE EXCEPTION 'at must not be null' USING ERRCODE = 'null_value_not_allowed';
  ELSIF deck IS NOT NULL AND NOT EXISTS (SELECT FROM worldtune.rate_decks d WHERE d.id = deck) THEN
    RAISE EXCEPTION 'deck %, which was in force then, has been pruned', deck USING ERRCODE = 'no_data_found';
  END IF;
  SELECT * INTO r FROM worldtune_internal.deck_row(deck, dialled, coalesce(substr(worldtune.e164(caller_id), 2), ''));
  SELECT * INTO o FROM worldtune_internal.override_at(dialled, at);
  IF r.rate IS NULL AND o.rate IS NULL THEN
    RETURN;
  END IF;
  RETURN NEXT ('+' || dialled, r.country,
    CASE WHEN r.deck_id IS NULL THEN (SELECT c.iso_country FROM worldtune.calling_codes c WHERE starts_with(dialled, c.prefix) ORDER BY c.prefix DESC LIMIT 1) ELSE r.iso_country END,
    r.continent, coalesce(o.prefix, r.prefix), r.description, coalesce(o.rate, r.rate)::numeric(18,6), coalesce(o.rate, r.rate_min)::numeric(18,6), coalesce(o.rate, r.rate_max)::numeric(18,6),
    coalesce(o.connection_fee, r.connection_fee, 0)::numeric(18,6), coalesce(o.minimum_seconds, r.minimum_seconds, 60), coalesce(o.increment_seconds, r.increment_seconds, 60), r.deck_id,
    CASE WHEN o.prefix IS NULL THEN 'deck' ELSE 'override' END, nullif(r.origination, ''), r.prefix)::worldtune.rate_quote_at;
END
$$;
COMMENT ON FUNCTION worldtune.lookup_rate_at(text, timestamptz, text) IS
  'What lookup_rate said at that time, or will say as far as it is decided: by the deck and the own prices as they stood. No row when no rate covered the number. 22023: no number; P0002: the deck has been pruned.';
