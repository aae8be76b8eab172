-- Calls that should be over: expired when they never came to life, handed to a relay when they run too long or fell silent.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, 3 FROM generate_series(1, 6) i;
SELECT i, (worldtune.authorize_call(('00000000-0000-0000-0000-00000000000' || i)::uuid, '+442079460958', 'CA' || i)).max_seconds FROM generate_series(1, 6) i;
-- 1 and 2: nothing was ever heard. 3: talks within its limit. 4: beyond it. 5: rang and fell silent. 6: over.
SELECT status FROM unnest(ARRAY[3, 4, 5]) i, worldtune.record_call_status('CA' || i, 'ringing');
SELECT status FROM unnest(ARRAY[3, 4]) i, worldtune.record_call_status('CA' || i, 'in-progress', NULL, 'CAd' || i, now() - CASE i WHEN 3 THEN interval '359 seconds' ELSE interval '361 seconds' END);
SELECT status FROM worldtune.record_call_status('CA6', 'completed', 10);
UPDATE call_logs SET authorized_at = now() - CASE call_sid WHEN 'CA2' THEN interval '301 seconds' WHEN 'CA5' THEN interval '961 seconds' ELSE interval '299 seconds' END;

-- Which calls are open is written down with them.
SELECT call_sid, ended_at IS NULL AS open FROM worldtune.open_calls JOIN call_logs ON id = call_id ORDER BY call_sid;

-- Five minutes of silence from the start and the hold is gone; what is answered after all is still billed.
SELECT worldtune.expire_holds();
SELECT worldtune.expire_holds();
SELECT call_sid, status, note, credits_held FROM call_logs WHERE call_sid IN ('CA1', 'CA2') ORDER BY call_sid;
SELECT status, billed, balance FROM worldtune.record_call_status('CA2', 'completed', 10);
-- 300 s authorised and 60 s grace.
SELECT call_sid, dial_call_sid, status, why, overdue_seconds FROM worldtune.overdue_calls() ORDER BY call_sid;
-- Claimed: nobody else gets them until the claim runs out.
SELECT count(*) FROM worldtune.overdue_calls();
UPDATE call_logs SET claimed_until = now() - interval '1 second' WHERE claimed_until IS NOT NULL;
SELECT call_sid FROM worldtune.overdue_calls(1, 5);
SELECT call_sid FROM worldtune.overdue_calls(1, 5);
SELECT * FROM worldtune.overdue_calls(0);
SELECT * FROM worldtune.overdue_calls(1, 0);
-- The operator's own patience.
UPDATE worldtune.settings SET hold_expiry_seconds = 200;
SELECT worldtune.expire_holds();
-- completed without its seconds, of the dialled leg: it came to life, and is kept for reconciliation.
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-000000000006', '+442079460958', 'CA7');
SELECT status, changed FROM worldtune.record_call_status('CA7', 'completed', NULL, 'CAd7');
UPDATE call_logs SET authorized_at = now() - interval '1 day' WHERE call_sid = 'CA7';
SELECT worldtune.expire_holds();
SELECT call_sid, why FROM worldtune.overdue_calls();
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
