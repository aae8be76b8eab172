-- Calls whose two legs meet in a conference: the second one is dialled by the relay, once, and ended by it.

CREATE TABLE worldtune_internal.dials (
  call_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  dial_call_sid text,
  claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dials_claimed_at ON worldtune_internal.dials (claimed_at);
COMMENT ON TABLE worldtune_internal.dials IS 'The calls of the last day whose second leg a relay dials, so that none does so twice. Not dumped: it says nothing of calls that are over.';
COMMENT ON COLUMN worldtune_internal.dials.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune_internal.dials.user_id IS 'Whose call it is.';
COMMENT ON COLUMN worldtune_internal.dials.dial_call_sid IS 'Twilio''s SID of the dialled leg; NULL until Twilio named it.';
COMMENT ON COLUMN worldtune_internal.dials.claimed_at IS 'When a relay set out to dial.';

CREATE FUNCTION worldtune.claim_dial(user_id uuid, call_sid text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  call worldtune.call_record := worldtune.find_call($1, $2);
BEGIN
  IF call.ended_at IS NOT NULL THEN
    RETURN false;
  END IF;
  DELETE FROM worldtune_internal.dials d WHERE d.claimed_at < now() - interval '1 day';
  INSERT INTO worldtune_internal.dials (call_id, user_id) VALUES (call.call_id, $1) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION worldtune.claim_dial(uuid, text) IS 'Whether the second leg of that user''s call is to be dialled now: true once, and never for a call that is over. Errors: P0002 when there is no such call.';

CREATE FUNCTION worldtune.name_dial(user_id uuid, call_sid text, dial_call_sid text) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  call uuid := (worldtune.find_call($1, $2)).call_id;
BEGIN
  UPDATE worldtune_internal.dials d SET dial_call_sid = $3 WHERE d.call_id = call;
END
$$;
COMMENT ON FUNCTION worldtune.name_dial(uuid, text, text) IS 'Notes the SID of the leg that was dialled after claim_dial(). Errors: P0002 when there is no such call.';

CREATE FUNCTION worldtune.find_dial(user_id uuid, call_sid text) RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  call uuid := (worldtune.find_call($1, $2)).call_id;
BEGIN
  RETURN (SELECT d.dial_call_sid FROM worldtune_internal.dials d WHERE d.call_id = call);
END
$$;
COMMENT ON FUNCTION worldtune.find_dial(uuid, text) IS 'The SID of the leg that was dialled for that user''s call; NULL: none, or it is not known. Errors: P0002 when there is no such call.';
