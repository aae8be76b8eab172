
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
  in_force boolean,
  state text
);
COMMENT ON TYPE worldtune.deck_summary IS 'A deck.';
COMMENT ON COLUMN worldtune.deck_summary.id IS 'Names the deck.';
COMMENT ON COLUMN worldtune.deck_summary.name IS 'What people call it.';
COMMENT ON COLUMN worldtune.deck_summary.format IS 'Which file it came from: worldtune, twilio or plain.';
COMMENT ON COLUMN worldtune.deck_summary.basis IS 'Which end of a price range is charged: max or min.';
COMMENT ON COLUMN worldtune.deck_summary.markup IS 'Added to the carrier''s price, as a fraction: 0.25 is 25 percent.';
COMMENT ON COLUMN worldtune.deck_summary.effective_at IS 'When it will take effect next, or took effect last; of a cancelled one, when it was to.';
COMMENT ON COLUMN worldtune.deck_summary.imported_at IS 'When it was imported.';
COMMENT ON COLUMN worldtune.deck_summary.imported_by IS 'The role that was logged in.';
COMMENT ON COLUMN worldtune.deck_summary.rates IS 'Its rows: a prefix, and an origination where the price depends on one.';
COMMENT ON COLUMN worldtune.deck_summary.in_force IS 'Whether calls are priced by it now.';
COMMENT ON COLUMN worldtune.deck_summary.state IS 'in force, scheduled, past or cancelled; one that is in force now and scheduled again is in force.';

CREATE TYPE worldtune.rate_change AS (
  prefix text,
  origination text,
  change text,
  rate_a numeric,
  rate_b numeric,
  percent numeric
);
COMMENT ON TYPE worldtune.rate_change IS 'Row of compare_decks: what changes for callers from deck a to deck b.';
COMMENT ON COLUMN worldtune.rate_change.prefix IS 'Leading digits of the dialled number.';
COMMENT ON COLUMN worldtune.rate_change.origination IS 'Leading digits of the caller ID that the price is for; empty for any.';
COMMENT ON COLUMN worldtune.rate_change.change IS 'new, gone, dearer or cheaper.';
COMMENT ON COLUMN worldtune.rate_change.rate_a IS 'Credits a minute in deck a; null where it has none.';
COMMENT ON COLUMN worldtune.rate_change.rate_b IS 'Credits a minute in deck b; null where it has none.';
COMMENT ON COLUMN worldtune.rate_change.percent IS 'From rate_a to rate_b; null where there is none to reckon from.';

CREATE FUNCTION worldtune.list_decks() RETURNS SETOF worldtune.deck_summary
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
AS $$
  SELECT d.id, d.name, d.format, d.basis, d.markup, coalesce(a.effective_at, d.effective_at), d.imported_at, d.imported_by, coalesce(r.rates, 0), f.in_force,
    CASE WHEN f.in_force THEN 'in force' WHEN a.effective_at > statement_timestamp() THEN 'scheduled' WHEN a.effective_at IS NULL THEN 'cancelled' ELSE 'past' END
  FROM worldtune.rate_decks d
    LEFT JOIN (SELECT deck_id, count(*) AS rates FROM worldtune.rates GROUP BY deck_id) r ON r.deck_id = d.id
    LEFT JOIN (SELECT DISTINCT ON (deck_id) deck_id, effective_at, id FROM worldtune.deck_activations WHERE cancelled_at IS NULL
      ORDER BY deck_id, effective_at DESC, id DESC) a ON a.deck_id = d.id,
    LATERAL (SELECT d.id IS NOT DISTINCT FROM worldtune.deck_in_force(statement_timestamp()) AS in_force) f
  ORDER BY coalesce(a.effective_at, d.effective_at) DESC, a.id DESC NULLS LAST, d.id DESC
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
AS $$ SELECT worldtune_internal.take_turn('decks') $$;
COMMENT ON FUNCTION worldtune_internal.lock_decks() IS
  'Makes activating, cancelling and pruning take turns until the end of the transaction, so that no deck is deleted while it is put in force.';

CREATE FUNCTION worldtune_internal.deck_losses(replaced bigint, replacement bigint, OUT destinations bigint, OUT lost bigint, OUT examples text)
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000
  AS 'MODULE_PATHNAME', 'worldtune_deck_losses';
COMMENT ON FUNCTION worldtune_internal.deck_losses(bigint, bigint) IS
  'How many destination prefixes the replaced deck has, and for how many of them, or for one of their originations, the replacement has neither that prefix nor a shorter one; the first five of them.';

CREATE FUNCTION worldtune_internal.tell_losses(replaced bigint, deck bigint, allowed boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  loss record;
  new_name text := (SELECT name FROM worldtune.rate_decks WHERE id = deck);
  old_name text := (SELECT name FROM worldtune.rate_decks WHERE id = replaced);
BEGIN
  IF replaced = deck THEN
    RETURN;
  END IF;
  SELECT * INTO loss FROM worldtune_internal.deck_losses(replaced, deck);
  IF loss.lost * 10 > loss.destinations AND NOT allowed THEN
    RAISE EXCEPTION 'deck "%" would lose % of the % destinations of deck % "%"', new_name, loss.lost, loss.destinations, replaced, old_name
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Lost: ' || loss.examples, HINT = 'Is the file whole? allow_losses => true takes it all the same.';
  ELSIF loss.lost > 0 THEN
    RAISE NOTICE 'deck "%" loses % of the % destinations of deck % "%"', new_name, loss.lost, loss.destinations, replaced, old_name
      USING DETAIL = 'Lost: ' || loss.examples;
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.tell_losses(bigint, bigint, boolean) IS
  'A notice of how many destinations of the replaced deck (null: none) the deck does not cover; 22023 when it is more than a tenth and not allowed.';

CREATE FUNCTION worldtune_internal.schedule_deck(deck_id bigint, effective_at timestamptz, allow_losses boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM worldtune_internal.tell_losses(worldtune.deck_in_force(effective_at), deck_id, allow_losses);
  INSERT INTO worldtune.deck_activations (deck_id, effective_at) VALUES (deck_id, effective_at);
  IF effective_at <= now() AND worldtune.deck_in_force(clock_timestamp()) <> deck_id THEN
    RAISE NOTICE 'the deck is not in force: deck % took effect later', worldtune.deck_in_force(clock_timestamp());
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.schedule_deck(bigint, timestamptz, boolean) IS 'What import_rates() does with a deck whose rates are in the table.';

CREATE FUNCTION worldtune.activate_deck(deck_id bigint) RETURNS worldtune.deck_summary
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  in_force bigint;
  summary worldtune.deck_summary;
BEGIN
  PERFORM worldtune_internal.lock_decks();
  PERFORM worldtune_internal.require_deck(deck_id);
  -- Whoever edits its rates is waited for.
  PERFORM FROM worldtune.rate_decks d WHERE d.id = deck_id FOR UPDATE;
  in_force := worldtune.deck_in_force(clock_timestamp());
  IF in_force IS DISTINCT FROM deck_id THEN
    PERFORM worldtune_internal.tell_losses(in_force, deck_id, true);
    -- Not before what took effect since this transaction began.
    INSERT INTO worldtune.deck_activations (deck_id, effective_at)
      SELECT activate_deck.deck_id, greatest(now(), max(a.effective_at)) FROM worldtune.deck_activations a
      WHERE a.effective_at <= clock_timestamp() AND a.cancelled_at IS NULL;
  END IF;
  SELECT * INTO summary FROM worldtune.list_decks() l WHERE l.id = deck_id;
  RETURN summary;
END
$$;
COMMENT ON FUNCTION worldtune.activate_deck(bigint) IS
  'Puts a deck in force now, an earlier one (rolling back) or a scheduled one, all at once for everybody; calls in progress keep their price. What is scheduled, this deck included, still takes over when its time comes. P0002: no such deck.';

CREATE FUNCTION worldtune.cancel_deck(deck_id bigint) RETURNS worldtune.deck_summary
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  summary worldtune.deck_summary;
BEGIN
  PERFORM worldtune_internal.lock_decks();
  PERFORM worldtune_internal.require_deck(deck_id);
  UPDATE worldtune.deck_activations a SET cancelled_at = clock_timestamp(), cancelled_by = worldtune_internal.acting_as()
    WHERE a.deck_id = cancel_deck.deck_id AND a.effective_at > clock_timestamp() AND a.cancelled_at IS NULL;
  IF NOT FOUND THEN
    SELECT * INTO summary FROM worldtune.list_decks() l WHERE l.id = deck_id;
    RAISE EXCEPTION 'deck % is not scheduled: it is %', deck_id, summary.state USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'worldtune.activate_deck() puts another deck in force.';
  END IF;
  SELECT * INTO summary FROM worldtune.list_decks() l WHERE l.id = deck_id;
  RETURN summary;
END
$$;
COMMENT ON FUNCTION worldtune.cancel_deck(bigint) IS
  'Takes a scheduled deck back before its time comes. P0002: no such deck; 55000: it is not scheduled, but is or was in force, or is cancelled already.';

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

CREATE FUNCTION worldtune_internal.decks_of_calls() RETURNS SETOF bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  calls regclass := to_regclass('public.call_logs');
  deck_type regtype := (SELECT atttypid FROM pg_attribute WHERE attrelid = calls AND attname = 'deck_id' AND NOT attisdropped);
BEGIN
  -- The library, once it is loaded, has the query planned as the table's owner.
  PERFORM worldtune.library_version();
  -- Of a table before setup() no column refers to decks.
  IF deck_type IS NOT NULL THEN
    IF (SELECT relkind FROM pg_class WHERE oid = calls) <> 'r' OR deck_type <> 'bigint'::regtype THEN
      RAISE EXCEPTION 'public.call_logs is not an ordinary table with deck_id bigint: which decks calls refer to cannot be known'
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run SELECT * FROM worldtune.setup(): it says what is wrong with the table.';
    END IF;
    RETURN QUERY SELECT DISTINCT c.deck_id FROM ONLY public.call_logs c WHERE c.deck_id IS NOT NULL AND c.authorized_at IS NOT NULL;
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.decks_of_calls() IS 'The decks that calls refer to. 55000 when call_logs is no table of ours.';

CREATE FUNCTION worldtune_internal.skip_used_deck_ids() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  used bigint := (SELECT max(id) FROM worldtune_internal.decks_of_calls() d(id));
BEGIN
  IF used >= (SELECT last_value + is_called::integer FROM worldtune.rate_decks_id_seq) THEN
    -- Whoever imports a deck meanwhile has its id, or gets it after this.
    LOCK TABLE worldtune.rate_decks IN SHARE ROW EXCLUSIVE MODE;
    PERFORM setval('worldtune.rate_decks_id_seq', greatest(used, last_value)) FROM worldtune.rate_decks_id_seq;
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.skip_used_deck_ids() IS
  'No deck gets the id of one that calls refer to: the decks of an extension that was dropped are gone, the calls stay.';

CREATE FUNCTION worldtune.prune_decks(keep integer DEFAULT NULL, older_than interval DEFAULT NULL) RETURNS SETOF worldtune.deck_summary
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
AS $$
DECLARE
  doomed bigint[];
  used bigint[];
  -- A call that is being authorised may not have been logged yet.
  recently timestamptz := statement_timestamp() - interval '1 minute';
BEGIN
  IF keep IS NULL AND older_than IS NULL OR keep < 0 OR older_than < '0' THEN
    RAISE EXCEPTION 'say how many past decks to keep, or how old they may be' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'For example worldtune.prune_decks(keep => 5) or worldtune.prune_decks(older_than => ''1 year'').';
  END IF;
  used := ARRAY(SELECT worldtune_internal.decks_of_calls());
  PERFORM worldtune_internal.lock_decks();
  SELECT array_agg(id) INTO doomed
  FROM (SELECT d.id, l.effective_at, row_number() OVER (ORDER BY l.effective_at DESC, d.id DESC) AS position
        FROM worldtune.rate_decks d,
          LATERAL (SELECT max(coalesce(a.cancelled_at, a.effective_at)) AS effective_at, max(greatest(a.scheduled_at, coalesce(a.cancelled_at, a.effective_at))) AS changed_at
            FROM worldtune.deck_activations a WHERE a.deck_id = d.id) l
        WHERE l.changed_at < recently AND d.id IS DISTINCT FROM worldtune.deck_in_force(recently) AND d.id IS DISTINCT FROM worldtune.deck_in_force(clock_timestamp())) past
  WHERE (keep IS NULL OR position > keep) AND (older_than IS NULL OR effective_at < now() - older_than)
    AND id <> ALL (used);
  RETURN QUERY SELECT * FROM worldtune.list_decks() l WHERE l.id = ANY (doomed);
  DELETE FROM worldtune.rate_decks WHERE id = ANY (doomed);
END
$$;
COMMENT ON FUNCTION worldtune.prune_decks(integer, interval) IS
  'Deletes past and cancelled decks with their rates and answers them: all but the newest so many, those that took effect so long ago, or both. Never one that a call refers to, that is in force or scheduled, or that was replaced within the last minute. That they were in force stays in deck_activations.';
