-- What each of several next events makes of the only call there is, after a history of play.sql's events. Times are seconds
-- from now: all of this is one transaction, so that now() stands still. Rolled back, nothing of it remains.

-- overdue_calls() claims what it names; the claim is taken back.
CREATE FUNCTION overdue() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  found := (SELECT why FROM worldtune.overdue_calls());
  RAISE SQLSTATE 'WT000';
EXCEPTION WHEN SQLSTATE 'WT000' THEN
  RETURN found;
END
$$;

-- Everything that anybody can see of the call and its user, as text, but the ids, which are made anew each time.
CREATE FUNCTION books() RETURNS jsonb LANGUAGE sql AS $$
  SELECT as_text(to_jsonb(c) - '{id,user_id,created_at}'::text[] || jsonb_build_object(
      'balance', u.credit_balance, 'user_held', (worldtune.user_account(u.id)).held,
      'due', (SELECT due_at < now() FROM worldtune_internal.holds WHERE call_id = c.id), 'authorized_at', seconds_from_now(c.authorized_at),
      'answered_at', seconds_from_now(c.answered_at), 'ended_at', seconds_from_now(c.ended_at),
      'billed_at', seconds_from_now(c.billed_at), 'reconciled_at', seconds_from_now(c.reconciled_at),
      'ledger', l.entries, 'ledger_says', l.says, 'overdue', overdue()))
    FROM public.users u JOIN public.call_logs c ON c.user_id = u.id,
      LATERAL (SELECT coalesce(string_agg(kind || ' ' || delta, ', ' ORDER BY id), '') AS entries,
          string_agg(concat_ws(' ', balance_after, note), ', ' ORDER BY id) AS says
        FROM public.credit_ledger WHERE user_id = u.id AND kind <> 'opening') l
$$;

CREATE FUNCTION after_each(history jsonb, steps jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
  step jsonb;
  seen jsonb;
BEGIN
  PERFORM play(history);
  FOR step IN SELECT * FROM jsonb_array_elements(steps) LOOP
    BEGIN
      SELECT jsonb_build_object('answer', p.play->'answer', 'books', books(),
          'violations', (SELECT coalesce(jsonb_agg(v), '[]') FROM worldtune.check_integrity() v),
          'receipt', (SELECT jsonb_agg(e.detail) FROM public.call_logs c, LATERAL worldtune.user_explain_charge(c.user_id, c.id::text) e
            WHERE e.item = 'paid' AND e.detail <> 'as booked'))
        INTO seen FROM play(step) WITH ORDINALITY p(play, n) ORDER BY n DESC LIMIT 1;
      RAISE SQLSTATE 'WT000';
    EXCEPTION WHEN SQLSTATE 'WT000' THEN
      RETURN NEXT seen;
    END;
  END LOOP;
END
$$;
