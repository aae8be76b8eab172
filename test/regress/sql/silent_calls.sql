-- A call that the carrier may be carrying is never written off unasked, however silent it is.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 3);
UPDATE worldtune.settings SET max_concurrent_calls = 2, max_call_seconds = 120;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT call_id AS unnamed, allowed FROM worldtune.start_call(:alice, '+442079460958') \gset
CREATE FUNCTION pg_temp.age(by interval) RETURNS void LANGUAGE sql AS $$
  UPDATE worldtune_internal.holds SET due_at = due_at - by
$$;
SELECT call_id = :'unnamed' AS unnamed, due_at - now() AS due FROM worldtune_internal.holds ORDER BY 1;
-- A restore leaves holds out; setup() makes them again as they were.
DELETE FROM worldtune_internal.holds;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT call_id = :'unnamed' AS unnamed, due_at - now() AS due FROM worldtune_internal.holds ORDER BY 1;

-- At hold_expiry_seconds the call without a SID goes; the one with a SID keeps its hold and its place.
SELECT pg_temp.age('300 seconds');
SELECT worldtune.expire_holds();
SELECT pg_temp.age('1 second');
SELECT worldtune.expire_holds();
SELECT call_sid, status, credits_held, note FROM call_logs ORDER BY id;
SELECT balance, held, available FROM worldtune.user_account(:alice);
-- After that and the grace it is handed out to be asked about, until it is settled.
SELECT pg_temp.age('58 seconds');
SELECT count(*) FROM worldtune.overdue_calls();
SELECT pg_temp.age('2 seconds');
SELECT call_sid, status, why, overdue_seconds FROM worldtune.overdue_calls();
SELECT worldtune.expire_holds();
-- It counts as one of the calls at once, and its credit is not held a second time.
SELECT allowed, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT allowed, reason FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SELECT status, billed, billed_seconds, balance FROM worldtune.reconcile_call('CA1', 'completed', 110);
-- Late news count, and move the time at which it should be over.
SELECT status FROM worldtune.record_call_status('CA2', 'ringing');
SELECT due_at - now() AS due FROM worldtune_internal.holds;
DELETE FROM worldtune_internal.holds;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT due_at - now() AS due FROM worldtune_internal.holds;
SELECT status FROM worldtune.record_call_status('CA2', 'in-progress', NULL, 'CAd2', now() - interval '20 seconds');
SELECT due_at - now() AS due FROM worldtune_internal.holds;
SELECT status FROM worldtune.record_call_status('CA2', 'ringing');
SELECT due_at - now() AS due FROM worldtune_internal.holds;
SELECT pg_temp.age('161 seconds');
SELECT call_sid, status, why, overdue_seconds FROM worldtune.overdue_calls();
-- A call that was given up by mistake and was carried after all is billed when its end is told.
SELECT call_id AS mistaken FROM worldtune.start_call(:alice, '+442079460958') \gset
SELECT call_sid FROM worldtune.attach_call(:'mistaken', 'CA4', :alice);
SELECT status FROM worldtune.record_call_status('CA4', 'failed');
SELECT status, billed, balance FROM worldtune.record_call_status('CA4', 'completed', 10, 'CAd4');
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
