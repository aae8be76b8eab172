-- A suspended user places no calls; what is open is handed out to be ended; limits and balance stay.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 30), (:bob, 30);
UPDATE worldtune.settings SET max_call_seconds = 600;
INSERT INTO worldtune.user_limits (user_id, max_call_seconds) VALUES (:alice, 120);
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT allowed, max_seconds FROM worldtune.authorize_call(:bob, '+442079460958', 'CA2');
SELECT allowed, max_seconds FROM worldtune.start_call(:bob, '+442079460958');
SELECT sid, status FROM unnest(ARRAY['CA1', 'CA2']) sid, worldtune.record_call_status(sid, 'in-progress');

SET LOCAL ROLE service_role;
SELECT worldtune.suspend_user(:alice, 'stolen card');
SELECT worldtune.suspend_user(:bob, 'chargeback');
RESET ROLE;
-- Every way of asking says so, before anything else that would forbid the call.
SELECT allowed, reason, max_seconds, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SELECT allowed, reason, rate, country FROM worldtune.start_call(:alice, '+442079460958');
SELECT allowed, reason FROM worldtune.authorize_call(:alice, '+999123456789');
SELECT allowed, reason, balance, rate, max_seconds FROM worldtune.user_check_credit(:alice, '+442079460958');
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a"}';
SELECT allowed, reason FROM worldtune.check_credit('+442079460958');
SELECT reject_reason, attempts FROM call_logs WHERE user_id = :alice AND status = 'rejected' ORDER BY id;
-- Asking again for a call that is open answers as it did: the relay ends it, not this.
SELECT allowed, reason, max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
-- The open calls that the carrier knows, once each while claimed; what is past its limit comes first.
UPDATE worldtune_internal.holds SET due_at = now() - interval '61 seconds' WHERE user_id = :bob;
UPDATE worldtune.user_limits SET suspended_at = suspended_at - interval '5 seconds' WHERE suspended_at IS NOT NULL;
SELECT call_sid, status, why, overdue_seconds FROM worldtune.overdue_calls();
SELECT count(*) FROM worldtune.overdue_calls();
UPDATE worldtune_internal.holds SET claimed_until = now() - interval '1 second';
SELECT call_sid, why FROM worldtune.overdue_calls(1);
SELECT call_sid, why FROM worldtune.overdue_calls(1);
-- They are billed as any call.
SELECT status, billed, balance FROM worldtune.record_call_status('CA1', 'completed', 30);

-- Again: the newer reason, the older time.
SELECT worldtune.suspend_user(:alice, 'stolen card, confirmed');
SELECT suspended_at < now() AS since_then, suspended_reason, max_call_seconds FROM worldtune.user_limits WHERE user_id = :alice;
SET LOCAL ROLE service_role;
SELECT worldtune.resume_user(:alice);
SELECT worldtune.resume_user(:alice);
RESET ROLE;
SELECT suspended_at, suspended_reason, max_call_seconds FROM worldtune.user_limits WHERE user_id = :alice;
-- Who suspended, who resumed, and when, stays on record.
SELECT suspended_reason, set_by LIKE 'role service_role %' AS set_by_service, ended_by LIKE 'role service_role %' AS ended_by_service
FROM worldtune.user_limits_history WHERE user_id = :alice ORDER BY until;
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT allowed, reason FROM worldtune.authorize_call(:bob, '+442079460958', 'CA5');

SELECT worldtune.suspend_user('00000000-0000-0000-0000-0000000000ff', 'nobody');
SELECT worldtune.resume_user('00000000-0000-0000-0000-0000000000ff');
SELECT worldtune.suspend_user(:alice, E' \t\n');
SELECT worldtune.suspend_user(:alice, NULL);
SELECT worldtune.suspend_user(NULL, 'nobody');
SELECT worldtune.resume_user(NULL);
SET LOCAL ROLE authenticated;
SELECT worldtune.suspend_user(:bob, 'rival');
SELECT worldtune.resume_user(:alice);
RESET ROLE;
SET LOCAL ROLE worldtune_relay;
SELECT worldtune.suspend_user(:bob, 'rival');
RESET ROLE;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
