-- Plays a history of events through the functions: one row an event, with what was answered (or the SQLSTATE) and what
-- the books then say of the user and the call that it was about. Everything is text, so that no amount becomes a float.

CREATE FUNCTION play_event(e jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  who uuid := e->>'user';
  placed uuid := (SELECT id FROM public.call_logs WHERE user_id = who AND idempotency_key = e->>'key');
  answer jsonb := '{}';
BEGIN
  CASE e->>'op'
    WHEN 'user' THEN
      INSERT INTO public.users (id, credit_balance) VALUES (who, (e->>'balance')::numeric);
    WHEN 'settings_' THEN
      UPDATE worldtune.settings SET max_call_seconds = (e->>'max_call_seconds')::int, low_balance = (e->>'low_balance')::numeric;
    WHEN 'limits' THEN
      DELETE FROM worldtune.user_limits WHERE user_id = who;
      INSERT INTO worldtune.user_limits SELECT * FROM jsonb_populate_record(NULL::worldtune.user_limits, e->'limits' || jsonb_build_object('user_id', who, 'since', now(), 'set_by', 'the model'));
    WHEN 'publish' THEN
      PERFORM worldtune.import_rates((SELECT csv FROM decks WHERE deck = (e->>'deck')::int), allow_losses => true);
    WHEN 'write' THEN
      UPDATE public.users SET credit_balance = (e->>'balance')::numeric WHERE id = who;
    WHEN 'age' THEN
      UPDATE worldtune_internal.holds SET due_at = due_at - coalesce((e->>'seconds')::int, 600) * interval '1 second' WHERE user_id = who;
    WHEN 'authorize' THEN
      answer := to_jsonb(worldtune.authorize_call(who, e->>'number', e->>'sid'));
    WHEN 'start' THEN
      answer := to_jsonb(worldtune.start_call(who, e->>'number', e->>'key'));
    WHEN 'attach' THEN
      answer := to_jsonb(worldtune.attach_call(placed, e->>'sid', who));
    WHEN 'abandon' THEN
      answer := to_jsonb(worldtune.abandon_call(placed, who, 'by the test'));
    WHEN 'status' THEN
      answer := to_jsonb(worldtune.record_call_status(e->>'sid', e->>'status', (e->>'seconds')::int, e->>'dialSid', now() + coalesce((e->>'at')::int, 0) * interval '1 second', (e->>'owner')::uuid));
    WHEN 'reconcile' THEN
      answer := to_jsonb(worldtune.reconcile_call(e->>'sid', e->>'status', (e->>'seconds')::int, (e->>'cost')::numeric, (e->>'owner')::uuid));
    WHEN 'refund' THEN
      answer := jsonb_build_object('balance', worldtune.refund_call(e->>'sid', (e->>'credits')::numeric, 'by the test', (e->>'owner')::uuid, e->>'once'));
    WHEN 'adjust' THEN
      answer := jsonb_build_object('balance', worldtune.adjust_credits(who, (e->>'credits')::numeric, 'by the test', e->>'once'));
    WHEN 'reverse' THEN
      answer := jsonb_build_object('balance', worldtune.reverse_purchase(e->>'payment', 'by the test', (e->>'owner')::uuid));
    WHEN 'pay' THEN
      answer := jsonb_build_object('balance', worldtune.add_credits(who, (e->>'credits')::numeric, e->>'payment', (e->>'credits')::numeric));
    WHEN 'expire' THEN
      answer := jsonb_build_object('expired', worldtune.expire_holds());
  END CASE;
  RETURN answer;
END
$$;

-- All is played in one transaction, so that now() stands still.
CREATE FUNCTION seconds_from_now(at timestamptz) RETURNS int LANGUAGE sql AS $$ SELECT extract(epoch FROM at - now())::int $$;

CREATE FUNCTION as_text(fields jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each_text(fields)
$$;

CREATE FUNCTION play(history jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
  e jsonb;
  answer jsonb;
BEGIN
  FOR e IN SELECT * FROM jsonb_array_elements(history) LOOP
    BEGIN
      answer := play_event(e);
    EXCEPTION WHEN OTHERS THEN
      answer := jsonb_build_object('error', SQLSTATE, 'message', SQLERRM);
    END;
    RETURN NEXT jsonb_build_object(
      'answer', as_text(answer),
      'user', (SELECT as_text(jsonb_build_object('balance', credit_balance,
        'held', (SELECT coalesce(sum(credits), 0.000000) FROM worldtune_internal.holds h WHERE h.user_id = u.id))) FROM public.users u WHERE id = (e->>'user')::uuid),
      'call', (SELECT concat_ws(' ', status, credits_held, coalesce(billed_seconds, 0), credits_used, credits_refunded,
          duration_minutes, CASE WHEN billed_at = now() THEN 'billed' ELSE '-' END, coalesce(dial_call_sid, '-'),
          coalesce(seconds_from_now(answered_at)::text, '-'), coalesce(seconds_from_now(ended_at)::text, '-'))
        FROM public.call_logs WHERE call_sid = e->>'sid' OR user_id = (e->>'user')::uuid AND idempotency_key = e->>'key' ORDER BY call_sid = e->>'sid' DESC NULLS LAST LIMIT 1));
  END LOOP;
END
$$;
