
-- The operator's decks: which there are, which is in force, what sets one apart from another, which can go.

CREATE TYPE worldtune.deck_summary AS (
  id bigint,
  name text,
  format text,
  basis text,
  markup numeric,
  effective_at timestamptz,
  imported_at timestamptz,
  imported_by text,
  rates bigint,
  in_force boolean
);
COMMENT ON TYPE worldtune.deck_summary IS
  'A deck: rates counts its rows (a prefix, and an origination where the price depends on one); in_force: calls are priced by it now. One whose effective_at is still to come is scheduled.';

CREATE TYPE worldtune.rate_change AS (
  prefix text,
  origination text,
  change text,
  rate_a numeric,
  rate_b numeric,
  percent numeric
);
COMMENT ON TYPE worldtune.rate_change IS
  'Row of compare_decks. change: new, gone, dearer, cheaper; rates in credits a minute, null where the deck has none; percent: from rate_a to rate_b, null where there is none to reckon from.';

CREATE FUNCTION worldtune.deck_in_force(moment timestamptz) RETURNS bigint
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT id FROM worldtune.rate_decks WHERE effective_at <= moment ORDER BY effective_at DESC, id DESC LIMIT 1
$$;
COMMENT ON FUNCTION worldtune.deck_in_force(timestamptz) IS 'The deck in force at that moment; null when there is none.';

CREATE FUNCTION worldtune.list_decks() RETURNS SETOF worldtune.deck_summary
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
AS $$
  SELECT d.id, d.name, d.format, d.basis, d.markup, d.effective_at, d.imported_at, d.imported_by, coalesce(r.rates, 0),
    d.id IS NOT DISTINCT FROM worldtune.deck_in_force(statement_timestamp())
  FROM worldtune.rate_decks d LEFT JOIN (SELECT deck_id, count(*) AS rates FROM worldtune.rates GROUP BY deck_id) r ON r.deck_id = d.id
  ORDER BY d.effective_at DESC, d.id DESC
$$;
COMMENT ON FUNCTION worldtune.list_decks() IS 'All decks, those that take effect last first: the scheduled ones, then the one in force, then the past.';

CREATE FUNCTION worldtune_internal.require_deck(deck_id bigint) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF deck_id IS NULL THEN
    RAISE EXCEPTION 'deck_id must not be null' USING ERRCODE = 'null_value_not_allowed';
  ELSIF NOT EXISTS (SELECT FROM worldtune.rate_decks d WHERE d.id = $1) THEN
    RAISE EXCEPTION 'there is no deck %', deck_id USING ERRCODE = 'no_data_found', HINT = 'worldtune.list_decks() lists those that there are.';
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.require_deck(bigint) IS 'P0002 when there is no such deck.';

CREATE FUNCTION worldtune_internal.lock_decks() RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock(hashtextextended('worldtune.decks', 0)) $$;
COMMENT ON FUNCTION worldtune_internal.lock_decks() IS
  'Makes activating and pruning take turns until the end of the transaction, so that no deck is deleted while it is put in force.';

CREATE FUNCTION worldtune.activate_deck(deck_id bigint) RETURNS worldtune.deck_summary
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  in_force bigint;
  summary worldtune.deck_summary;
BEGIN
  PERFORM worldtune_internal.lock_decks();
  PERFORM worldtune_internal.require_deck(deck_id);
  in_force := worldtune.deck_in_force(clock_timestamp());
  IF in_force IS DISTINCT FROM deck_id THEN
    -- Behind a deck that took effect this very moment, by the smallest step that time has.
    UPDATE worldtune.rate_decks d SET effective_at = greatest(now(),
        (SELECT f.effective_at + CASE WHEN f.id > d.id THEN interval '1 microsecond' ELSE '0' END
         FROM worldtune.rate_decks f WHERE f.id = in_force))
      WHERE d.id = activate_deck.deck_id;
  END IF;
  SELECT * INTO summary FROM worldtune.list_decks() l WHERE l.id = deck_id;
  RETURN summary;
END
$$;
COMMENT ON FUNCTION worldtune.activate_deck(bigint) IS
  'Puts a deck in force now, an earlier one (rolling back) or a scheduled one, all at once for everybody; calls in progress keep their price. Other scheduled decks still take over when their time comes.';

CREATE FUNCTION worldtune.compare_decks(a bigint, b bigint) RETURNS SETOF worldtune.rate_change
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1000
AS $$
BEGIN
  PERFORM worldtune_internal.require_deck(a), worldtune_internal.require_deck(b);
  RETURN QUERY
  SELECT prefix, origination,
    CASE WHEN o.rate IS NULL THEN 'new' WHEN n.rate IS NULL THEN 'gone' WHEN n.rate > o.rate THEN 'dearer' ELSE 'cheaper' END,
    o.rate::numeric, n.rate::numeric, round((n.rate - o.rate) * 100 / nullif(o.rate, 0), 2)
  FROM (SELECT r.prefix, r.origination, r.rate FROM worldtune.rates r WHERE r.deck_id = a) o
  FULL JOIN (SELECT r.prefix, r.origination, r.rate FROM worldtune.rates r WHERE r.deck_id = b) n USING (prefix, origination)
  WHERE o.rate IS DISTINCT FROM n.rate
  ORDER BY prefix, origination;
END
$$;
COMMENT ON FUNCTION worldtune.compare_decks(bigint, bigint) IS
  'What changes for callers from deck a to deck b: prefixes that are new or gone and rates that are dearer or cheaper, by prefix. Unchanged rates are left out; a prefix that is gone may still be covered by a shorter one. P0002: no such deck.';

CREATE FUNCTION worldtune.prune_decks(keep integer DEFAULT NULL, older_than interval DEFAULT NULL) RETURNS SETOF worldtune.deck_summary
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
AS $$
DECLARE
  doomed bigint[];
  used bigint[] := '{}';
BEGIN
  IF keep IS NULL AND older_than IS NULL OR keep < 0 OR older_than < '0' THEN
    RAISE EXCEPTION 'say how many past decks to keep, or how old they may be' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'For example worldtune.prune_decks(keep => 5) or worldtune.prune_decks(older_than => ''1 year'').';
  END IF;
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.call_logs') AND attname = 'deck_id' AND NOT attisdropped) THEN
    used := ARRAY(SELECT DISTINCT c.deck_id FROM public.call_logs c WHERE c.deck_id IS NOT NULL);
  END IF;
  PERFORM worldtune_internal.lock_decks();
  -- Past is what was replaced more than a minute ago: a call that is being authorised may not have been logged yet.
  SELECT array_agg(id) INTO doomed
  FROM (SELECT d.id, d.effective_at, row_number() OVER (ORDER BY d.effective_at DESC, d.id DESC) AS position
        FROM worldtune.rate_decks d, worldtune.rate_decks f
        WHERE f.id = worldtune.deck_in_force(statement_timestamp() - interval '1 minute') AND (d.effective_at, d.id) < (f.effective_at, f.id)) past
  WHERE id <> ALL (used) AND (keep IS NULL OR position > keep) AND (older_than IS NULL OR effective_at < now() - older_than);
  RETURN QUERY SELECT * FROM worldtune.list_decks() l WHERE l.id = ANY (doomed);
  DELETE FROM worldtune.rate_decks WHERE id = ANY (doomed);
END
$$;
COMMENT ON FUNCTION worldtune.prune_decks(integer, interval) IS
  'Deletes past decks with their rates and answers them: all but the newest so many, those that took effect so long ago, or both. Never one that a call refers to, that is in force or scheduled, or that was replaced within the last minute.';
