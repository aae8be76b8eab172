
-- Which deck is in force when: every import and every activation adds a row, none is ever changed but by cancelling it before its time.

CREATE TABLE worldtune.deck_activations (
  id bigint GENERATED ALWAYS AS IDENTITY,
  deck_id bigint NOT NULL,
  effective_at timestamptz NOT NULL CHECK (isfinite(effective_at)),
  scheduled_at timestamptz NOT NULL DEFAULT now(),
  scheduled_by text NOT NULL DEFAULT worldtune_internal.acting_as(),
  cancelled_at timestamptz,
  cancelled_by text,
  PRIMARY KEY (effective_at, id),
  CHECK (num_nulls(cancelled_at, cancelled_by) IN (0, 2))
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.deck_activations', '');
SELECT pg_catalog.pg_extension_config_dump('worldtune.deck_activations_id_seq', '');

COMMENT ON TABLE worldtune.deck_activations IS
  'When which deck took or will take effect. In force is the one with the greatest (effective_at, id) that is neither cancelled nor in the future: deck_in_force().';
COMMENT ON COLUMN worldtune.deck_activations.id IS 'Of two that take effect at one instant, the greater wins.';
COMMENT ON COLUMN worldtune.deck_activations.deck_id IS 'The deck; prune_decks() may have deleted it since.';
COMMENT ON COLUMN worldtune.deck_activations.effective_at IS 'When it takes effect.';
COMMENT ON COLUMN worldtune.deck_activations.scheduled_at IS 'When that was decided, by import_rates() or activate_deck(). Before that, nothing was priced by it, whatever effective_at says.';
COMMENT ON COLUMN worldtune.deck_activations.scheduled_by IS 'Who decided it: the role, the session''s user and the signed-in user, if any.';
COMMENT ON COLUMN worldtune.deck_activations.cancelled_at IS 'When cancel_deck() took it back; null: it stands.';
COMMENT ON COLUMN worldtune.deck_activations.cancelled_by IS 'Who took it back, as in scheduled_by; null: it stands.';

CREATE TRIGGER signal_rate_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON worldtune.deck_activations
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.signal_rate_change();
ALTER TABLE worldtune.deck_activations ENABLE ALWAYS TRIGGER signal_rate_change;
CREATE TRIGGER signal_replicated_change AFTER INSERT OR UPDATE OR DELETE ON worldtune.deck_activations
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.signal_rate_change();
ALTER TABLE worldtune.deck_activations ENABLE REPLICA TRIGGER signal_replicated_change;
CREATE CONSTRAINT TRIGGER compile_decks AFTER INSERT OR UPDATE OR DELETE ON worldtune.deck_activations
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION worldtune_internal.compile_decks();

CREATE FUNCTION worldtune.deck_in_force(at timestamptz DEFAULT now()) RETURNS bigint
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'worldtune_deck_in_force';
COMMENT ON FUNCTION worldtune.deck_in_force(timestamptz) IS
  'The deck by which calls were, are or will be priced at that time, as far as it is decided; null when there is none. One of the past may have been pruned since.';

-- What was published is evidence: the deck of a call says the same price for ever.

CREATE FUNCTION worldtune_internal.published_decks(decks bigint[]) RETURNS bigint[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  -- What the very transaction published nobody else has seen yet.
  SELECT ARRAY(SELECT d.id FROM worldtune.rate_decks d WHERE d.id = ANY (decks) AND EXISTS (SELECT FROM worldtune.deck_activations a
    WHERE a.deck_id = d.id AND a.cancelled_at IS NULL AND a.effective_at <= clock_timestamp() AND a.scheduled_at <> now()) ORDER BY d.id)
$$;
COMMENT ON FUNCTION worldtune_internal.published_decks(bigint[]) IS 'Those of the decks that are or were in force.';

CREATE FUNCTION worldtune_internal.refuse_published(decks bigint[], what text) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  published bigint[] := worldtune_internal.published_decks(decks);
BEGIN
  IF published <> '{}' THEN
    RAISE EXCEPTION '% of deck % cannot be changed: calls are or were priced by it', what, published[1] USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'Correct a price with a new deck (import_rates) or a row of worldtune.rate_overrides; undo a deck with activate_deck; prune_decks() deletes those that no call refers to.';
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.refuse_published(bigint[], text) IS '55000 when one of the decks is or was in force.';

CREATE FUNCTION worldtune_internal.guard_decks() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- The extension's own functions: prune_decks(), and the revision that every change of the rates raises.
  IF current_user = 'worldtune_definer' THEN
    RETURN coalesce(NEW, OLD);
  ELSIF TG_OP = 'UPDATE' THEN
    IF (NEW.id, NEW.effective_at) IS DISTINCT FROM (OLD.id, OLD.effective_at) THEN
      RAISE EXCEPTION 'id and effective_at of a deck cannot be changed' USING ERRCODE = 'object_not_in_prerequisite_state',
        HINT = 'activate_deck() puts a deck in force now, cancel_deck() takes a scheduled one back.';
    ELSIF (NEW.name, NEW.format, NEW.basis, NEW.markup, NEW.imported_at, NEW.imported_by)
        IS DISTINCT FROM (OLD.name, OLD.format, OLD.basis, OLD.markup, OLD.imported_at, OLD.imported_by) THEN
      PERFORM worldtune_internal.refuse_published(ARRAY[OLD.id], 'the row');
    END IF;
    RETURN NEW;
  ELSIF TG_OP = 'DELETE' AND NOT worldtune_internal.has_activations(OLD.id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'decks that are or were in force or scheduled cannot be deleted' USING ERRCODE = 'object_not_in_prerequisite_state',
    HINT = 'prune_decks() deletes past ones that no call refers to; cancel_deck() takes a scheduled one back.';
END
$$;
COMMENT ON FUNCTION worldtune_internal.guard_decks() IS 'Trigger: what a deck says of itself stays, from when it is in force; only prune_decks() deletes it.';

CREATE FUNCTION worldtune_internal.has_activations(deck_id bigint) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (SELECT FROM worldtune.deck_activations a WHERE a.deck_id = $1 AND a.cancelled_at IS NULL) $$;
COMMENT ON FUNCTION worldtune_internal.has_activations(bigint) IS 'Whether the deck is or was in force or is scheduled.';

CREATE TRIGGER guard_decks BEFORE UPDATE OR DELETE ON worldtune.rate_decks
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_decks();
CREATE TRIGGER guard_decks_truncate BEFORE TRUNCATE ON worldtune.rate_decks
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_decks();

CREATE FUNCTION worldtune_internal.guard_activations() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_user = 'worldtune_definer' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'worldtune.deck_activations is the history of what was in force: its rows cannot be changed' USING ERRCODE = 'object_not_in_prerequisite_state',
    HINT = 'activate_deck() puts a deck in force now, cancel_deck() takes a scheduled one back.';
END
$$;
COMMENT ON FUNCTION worldtune_internal.guard_activations() IS 'Trigger: only cancel_deck() changes an activation, and nobody deletes one.';

CREATE TRIGGER guard_activations BEFORE UPDATE OR DELETE ON worldtune.deck_activations
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_activations();
CREATE TRIGGER guard_activations_truncate BEFORE TRUNCATE ON worldtune.deck_activations
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_activations();
