-- Calls that should be over: expired when they never came to life, handed to a relay when they run too long or fell silent.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, 3 FROM generate_series(1, 8) i;
SELECT i, (worldtune.authorize_call(('00000000-0000-0000-0000-00000000000' || i)::uuid, '+442079460958', 'CA' || i)).max_seconds FROM generate_series(1, 6) i;
SELECT i, (worldtune.start_call(('00000000-0000-0000-0000-00000000000' || i)::uuid, '+442079460958', 'key' || i)).max_seconds FROM generate_series(7, 8) i;
-- 1: nothing was ever heard. 2: rings. 3: talks within its limit. 4: beyond it. 5: rang and fell silent. 6: over. 7 and 8: the carrier never named them.
SELECT status FROM unnest(ARRAY[2, 3, 4, 5]) i, worldtune.record_call_status('CA' || i, 'ringing');
SELECT status FROM unnest(ARRAY[3, 4]) i, worldtune.record_call_status('CA' || i, 'in-progress', NULL, 'CAd' || i, now() - CASE i WHEN 3 THEN interval '359 seconds' ELSE interval '361 seconds' END);
SELECT status FROM worldtune.record_call_status('CA6', 'completed', 10);

-- Which calls are open is written down with them, and when they should be over: 300 s authorised, 300 s to be heard of, ten minutes to be answered.
SELECT coalesce(call_sid, idempotency_key) AS call, credits, due_at - now() AS due FROM worldtune_internal.holds JOIN call_logs ON id = call_id ORDER BY 1;
-- What is answered late is due by its answer, and an answer from the future by the clock.
SAVEPOINT answered;
SELECT status FROM worldtune.record_call_status('CA5', 'in-progress', occurred_at => now() + interval '1 hour');
SELECT due_at < clock_timestamp() + interval '300 seconds' AS by_the_clock FROM worldtune_internal.holds JOIN call_logs ON id = call_id WHERE call_sid = 'CA5';
ROLLBACK TO answered;

-- Silence from the start and the hold of a call without a SID is gone: of no other can it be known that nobody talks.
UPDATE worldtune_internal.holds SET due_at = due_at - interval '301 seconds' FROM call_logs WHERE id = call_id AND (call_sid = 'CA1' OR idempotency_key = 'key7');
SELECT worldtune.expire_holds();
SELECT worldtune.expire_holds();
SELECT coalesce(call_sid, idempotency_key) AS call, status, note, credits_held FROM call_logs WHERE call_sid = 'CA1' OR call_sid IS NULL ORDER BY 1;
-- It is not to be connected any more.
SELECT worldtune.attach_call(id, 'CA7', user_id) FROM call_logs WHERE idempotency_key = 'key7';
-- Due, and 60 s grace.
SELECT call_sid FROM worldtune.overdue_calls(claim_seconds => 1) WHERE call_sid <> 'CA4';
UPDATE worldtune_internal.holds SET claimed_until = NULL, due_at = CASE call_sid WHEN 'CA1' THEN now() - interval '61 seconds' WHEN 'CA5' THEN now() - interval '62 seconds' ELSE due_at END
FROM call_logs WHERE id = call_id;
SELECT call_sid, dial_call_sid, status, why, overdue_seconds FROM worldtune.overdue_calls() ORDER BY call_sid;
-- Claimed: nobody else gets them until the claim runs out. The dearest first: who talks beyond the limit, then whose user was suspended, then who fell silent.
SELECT count(*) FROM worldtune.overdue_calls();
UPDATE worldtune_internal.holds SET claimed_until = now() - interval '1 second' WHERE claimed_until IS NOT NULL;
INSERT INTO worldtune.user_limits (user_id, suspended_at, suspended_reason) VALUES ('00000000-0000-0000-0000-000000000002', now() - interval '5 seconds', 'stolen card');
SELECT call_sid, why, overdue_seconds FROM worldtune.overdue_calls(1, 5);
SELECT call_sid, why, overdue_seconds FROM worldtune.overdue_calls(1, 5);
SELECT call_sid, why, overdue_seconds FROM worldtune.overdue_calls(1, 5);
SELECT * FROM worldtune.overdue_calls(0);
SELECT * FROM worldtune.overdue_calls(1, 0);
-- The operator's own patience.
UPDATE worldtune.settings SET hold_expiry_seconds = 200;
SELECT allowed FROM worldtune.start_call('00000000-0000-0000-0000-000000000006', '+442079460958', 'key6');
SELECT due_at - now() AS due FROM worldtune_internal.holds JOIN call_logs ON id = call_id WHERE idempotency_key = 'key6';
UPDATE worldtune_internal.holds SET due_at = due_at - interval '201 seconds' FROM call_logs WHERE id = call_id AND call_sid IS NULL;
SELECT worldtune.expire_holds();
-- completed without its seconds, of the dialled leg: it came to life, and is kept for reconciliation.
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-000000000006', '+442079460958', 'CA7');
SELECT status, changed FROM worldtune.record_call_status('CA7', 'completed', NULL, 'CAd7');
UPDATE worldtune_internal.holds SET claimed_until = NULL, due_at = now() - interval '1 day' FROM call_logs WHERE id = call_id AND call_sid = 'CA7';
SELECT worldtune.expire_holds();
SELECT call_sid, why FROM worldtune.overdue_calls();
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
