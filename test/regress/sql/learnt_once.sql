-- What was learnt of a call once stays: when it was answered and when it ended, its dialled leg, its minutes.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\pset format unaligned
BEGIN;
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET datestyle = 'ISO';
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate,minimum_seconds,increment_seconds\n44,0.60,60,60\n33,0.60,30,6\n49,0.60,1,1\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 1000000);
UPDATE worldtune.settings SET max_call_seconds = 3600;
CREATE FUNCTION pg_temp.known(sid text) RETURNS TABLE (status text, answered time, ended time, dialled text, seconds int, minutes numeric) LANGUAGE sql AS $$
  SELECT status, answered_at::time, ended_at::time, dial_call_sid, billed_seconds, duration_minutes FROM public.call_logs WHERE call_sid = sid
$$;

-- The first answer, the first dialled leg.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT changed FROM worldtune.record_call_status('CA1', 'ringing', NULL, NULL, '2026-01-01 10:00:02');
SELECT changed FROM worldtune.record_call_status('CA1', 'in-progress', NULL, NULL, '2026-01-01 10:00:05');
SELECT changed FROM worldtune.record_call_status('CA1', 'in-progress', NULL, 'CAd1', '2026-01-01 10:00:09');
SELECT changed FROM worldtune.record_call_status('CA1', 'in-progress', NULL, 'CAd2', '2026-01-01 10:00:10');
SELECT * FROM pg_temp.known('CA1');
-- The end is told once; another duration corrects the bill, not the time.
SELECT changed FROM worldtune.record_call_status('CA1', 'completed', 61, 'CAd3', '2026-01-01 10:01:06');
SELECT changed FROM worldtune.record_call_status('CA1', 'completed', 61, 'CAd4', '2026-01-01 11:00:00');
SELECT changed FROM worldtune.record_call_status('CA1', 'completed', 130, 'CAd3', '2026-01-01 11:00:00');
SELECT changed FROM worldtune.record_call_status('CA1', 'in-progress', NULL, 'CAd4', '2026-01-01 11:00:00');
SELECT changed FROM worldtune.reconcile_call('CA1', 'completed', 200);
SELECT * FROM pg_temp.known('CA1');
-- Of two final words the first tells the end; seconds that turn up late tell it better.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT changed FROM worldtune.record_call_status('CA2', 'failed', NULL, NULL, '2026-01-01 10:00:10');
SELECT changed FROM worldtune.record_call_status('CA2', 'busy', NULL, NULL, '2026-01-01 10:00:20');
SELECT changed FROM worldtune.record_call_status('CA2', 'failed', NULL, NULL, '2026-01-01 10:00:30');
SELECT * FROM pg_temp.known('CA2');
SELECT changed FROM worldtune.record_call_status('CA2', 'completed', 30, 'CAd5', '2026-01-01 10:00:50');
SELECT * FROM pg_temp.known('CA2');
-- An answer that is told after the end is learnt too, and a dialled leg.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SELECT changed FROM worldtune.record_call_status('CA3', 'completed', 10, NULL, '2026-01-01 10:00:10');
SELECT changed FROM worldtune.record_call_status('CA3', 'in-progress', NULL, 'CAd6', '2026-01-01 10:00:00');
SELECT * FROM pg_temp.known('CA3');
-- Without a time of its own news is from now.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT changed FROM worldtune.record_call_status('CA4', 'in-progress');
SELECT changed FROM worldtune.record_call_status('CA4', 'completed', 10);
SELECT answered_at = now() AS answered_now, ended_at = now() AS ended_now, billed_at = now() AS billed_now FROM call_logs WHERE call_sid = 'CA4';

-- Minutes are those that are billed, half up to two decimals.
CREATE FUNCTION pg_temp.minutes(number text, seconds int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', number, 'CAminutes');
  PERFORM worldtune.record_call_status('CAminutes', 'completed', seconds);
  RETURN billed_seconds || ' s = ' || duration_minutes FROM public.call_logs WHERE call_sid = 'CAminutes';
END
$$;
CREATE FUNCTION pg_temp.try_minutes(number text, seconds int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  answer := pg_temp.minutes(number, seconds);
  RAISE SQLSTATE 'WT000';
EXCEPTION WHEN SQLSTATE 'WT000' THEN
  RETURN answer;
END
$$;
SELECT seconds, pg_temp.try_minutes('+442079460958', seconds) AS "60/60", pg_temp.try_minutes('+33123456789', seconds) AS "30/6", pg_temp.try_minutes('+4930123456', seconds) AS "1/1"
  FROM unnest(ARRAY[1, 30, 37, 61, 62, 3599]) seconds;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
