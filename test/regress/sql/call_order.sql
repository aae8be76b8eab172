-- Whatever order the events of a call arrive in, and however often, the books end the same.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');

-- Plays the events (status, or status/seconds) on a call of its own and answers how it ended.
CREATE FUNCTION pg_temp.play(events text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  caller uuid := gen_random_uuid();
  sid text := 'CA' || replace(gen_random_uuid()::text, '-', '');
  event text;
BEGIN
  INSERT INTO users (id, credit_balance) VALUES (caller, 5);
  PERFORM worldtune.authorize_call(caller, '+442079460958', sid);
  FOREACH event IN ARRAY events LOOP
    PERFORM worldtune.record_call_status(sid, split_part(event, '/', 1), nullif(split_part(event, '/', 2), '')::int,
      CASE WHEN event LIKE '%/%' THEN 'CA000000000000000000000000000000d1' END,
      '2026-01-01 00:00:00+00');
  END LOOP;
  RETURN (SELECT format('%s %s s, used %s, held %s, answered %s, ended %s, balance %s, %s ledger rows', c.status, c.billed_seconds, c.credits_used,
      c.credits_held, c.answered_at IS NOT NULL, c.ended_at IS NOT NULL, u.credit_balance, (SELECT count(*) FROM credit_ledger l WHERE l.user_id = u.id))
    FROM call_logs c JOIN users u ON u.id = c.user_id WHERE c.call_sid = sid);
END
$$;

CREATE FUNCTION pg_temp.orders(items text[]) RETURNS SETOF text[] LANGUAGE sql AS $$
  WITH RECURSIVE p AS (
    SELECT ARRAY[]::int[] AS picked
    UNION ALL
    SELECT picked || i FROM p, generate_series(1, cardinality(items)) i WHERE i <> ALL (picked)
  )
  SELECT ARRAY(SELECT items[i] FROM unnest(picked) WITH ORDINALITY AS u(i, n) ORDER BY n) FROM p WHERE cardinality(picked) = cardinality(items)
$$;

-- 5 events, one of them twice: 720 orders, one outcome.
SELECT pg_temp.play(o) AS outcome, count(*) FROM pg_temp.orders(ARRAY['initiated', 'ringing', 'in-progress', 'completed/61', 'completed/61', 'completed']) o GROUP BY 1;
SELECT pg_temp.play(o) AS outcome, count(*) FROM pg_temp.orders(ARRAY['initiated', 'ringing', 'no-answer/0', 'canceled', 'no-answer']) o GROUP BY 1;
-- Contradictions too: what was talked is billed, the rest is not.
SELECT pg_temp.play(o) AS outcome, count(*) FROM pg_temp.orders(ARRAY['ringing', 'busy', 'completed/20', 'completed/0', 'failed']) o GROUP BY 1;
SELECT pg_temp.play(o) AS outcome, count(*) FROM pg_temp.orders(ARRAY['busy', 'completed/0', 'failed', 'in-progress']) o GROUP BY 1;

SELECT * FROM worldtune.check_integrity();
ROLLBACK;
