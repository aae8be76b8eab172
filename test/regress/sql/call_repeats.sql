-- Asking again for a call answers the same only while the call holds the credit for it.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n33,0.10\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 1.20), (:bob, 10);

-- The credit for two minutes pays for two minutes, whoever asks how often for which call.
SELECT allowed, max_seconds, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT allowed, max_seconds, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT status FROM worldtune.record_call_status('CA1', 'failed');
SELECT allowed, max_seconds, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, balance FROM worldtune.record_call_status('CA2', 'completed', 120);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT credit_balance FROM users WHERE id = :alice;
-- The terms of one number are not those of another, covered by a rate or not.
SELECT allowed, rate FROM worldtune.authorize_call(:bob, '+442079460958', 'CA3');
SELECT allowed, rate FROM worldtune.authorize_call(:bob, '+33123456789', 'CA3');
SELECT allowed, rate FROM worldtune.authorize_call(:bob, '+19005550123', 'CA3');
SELECT allowed, rate FROM worldtune.authorize_call(:bob, '0044 20 7946 0958', 'CA3');
-- Another user's SID is none of one's own, open or over.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SELECT status FROM worldtune.record_call_status('CA3', 'busy');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
-- A refusal may be answered again at any time, for the same number.
SELECT allowed, reason FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT worldtune.adjust_credits(:alice, 10, 'credit');
SELECT allowed, reason FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT allowed, reason FROM worldtune.authorize_call(:alice, '+33123456789', 'CA4');

-- A call that was given up, or of which nothing was heard, gets no SID any more: nothing is held for it.
SELECT call_id AS given_up FROM worldtune.start_call(:bob, '+442079460958', 'key') \gset
SELECT status FROM worldtune.abandon_call(:'given_up', :bob, 'carrier refused');
SELECT call_sid FROM worldtune.attach_call(:'given_up', 'CA5', :bob);
SELECT call_id AS silent FROM worldtune.start_call(:bob, '+442079460958') \gset
UPDATE worldtune_internal.holds SET due_at = now() - interval '1 second' WHERE call_id = :'silent';
SELECT worldtune.expire_holds();
SELECT call_sid FROM worldtune.attach_call(:'silent', 'CA6', :bob);
-- The key of such a call answers that it is over, not that it may go on.
SELECT call_id = :'given_up' AS same_call, status, created, available FROM worldtune.start_call(:bob, '+442079460958', 'key');
-- While it is open, attaching again is harmless, and so is a call that went on meanwhile.
SELECT call_id AS live FROM worldtune.start_call(:bob, '+442079460958', 'another') \gset
SELECT call_sid, status FROM worldtune.attach_call(:'live', 'CA7', :bob);
SELECT status FROM worldtune.record_call_status('CA7', 'completed', 20);
SELECT call_sid, status FROM worldtune.attach_call(:'live', 'CA7', :bob);
SELECT call_sid FROM worldtune.attach_call(:'live', 'CA8', :bob);
SELECT count(*) FROM worldtune_internal.holds;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
