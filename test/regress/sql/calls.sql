-- The life of a call: authorised, held, recorded, settled; every answer as the contract words it.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,rate,connection_fee,minimum_seconds,increment_seconds\n44,United Kingdom,GB,0.60,,,\n1876,Jamaica,JM,0.41,,,\n33,France,FR,0.10,0.05,30,6\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
\set nobody '''00000000-0000-0000-0000-0000000000ff'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 2.10), (:bob, 0.59);

-- Credit for 3.5 minutes authorises 3, and holds their price.
SELECT allowed, reason, country, iso_country, rate, max_seconds, balance, available, low_balance
  FROM worldtune.authorize_call(:alice, '+44 20 7946 0958', 'CA0000000000000000000000000000000a');
-- Asked again: the same answer, the same call, no further hold.
SELECT allowed, max_seconds, available FROM worldtune.authorize_call(:alice, '+44 20 7946 0958', 'CA0000000000000000000000000000000a');
SELECT count(*), sum(credits_held) FROM call_logs;
-- What is held is not there for a second call.
SELECT allowed, reason, max_seconds, available FROM worldtune.authorize_call(:alice, '+18765551234');
-- Below one billing minimum nothing is held.
SELECT allowed, reason, max_seconds, balance, available FROM worldtune.authorize_call(:bob, '+442079460958', 'CA0000000000000000000000000000000b');
SELECT allowed, reason, country, rate FROM worldtune.authorize_call(:bob, '+86 10 1234 5678');
SELECT * FROM worldtune.authorize_call(:nobody, '+442079460958', 'CA0000000000000000000000000000000c');
-- Every refusal of a known user is logged, and holds nothing.
SELECT status, reject_reason, phone_number, country, credits_held FROM call_logs ORDER BY phone_number, call_sid NULLS LAST;
SELECT * FROM worldtune.user_account(:alice);

-- Another user cannot take over a call; bad input is told apart.
SELECT * FROM worldtune.authorize_call(:bob, '+442079460958', 'CA0000000000000000000000000000000a');
SELECT * FROM worldtune.authorize_call(:alice, 'call me', 'CA0000000000000000000000000000000d');
SELECT * FROM worldtune.authorize_call(:alice, '+442079460958', 'CA; DROP TABLE users');
SELECT * FROM worldtune.authorize_call(NULL, '+442079460958');

-- The call's progress, in the order that Twilio means.
SELECT status, changed, billed, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'initiated');
SELECT status, changed, billed, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'ringing', NULL, 'CA000000000000000000000000000000d1');
SELECT status, changed, billed, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'in-progress', NULL, 'CA000000000000000000000000000000d1', '2026-01-01 00:00:05+00');
-- completed without seconds settles nothing.
SELECT status, changed, billed, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'completed');
SELECT held FROM worldtune.user_account(:alice);
SELECT status, changed, billed, billed_seconds, credits_used, balance
  FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'completed', 61, 'CA000000000000000000000000000000d1', '2026-01-01 00:01:06+00', :alice);
-- Repeats, late and contradicting events change nothing.
SELECT status, changed, billed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'completed', 61, 'CA000000000000000000000000000000d1', now(), :alice);
SELECT status, changed FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'ringing');
SELECT status, changed FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'no-answer', 0);
SELECT call_sid, dial_call_sid, status, rate, max_seconds, credits_held, duration_seconds, billed_seconds, duration_minutes, credits_used, answered_at AT TIME ZONE 'UTC' AS answered, ended_at AT TIME ZONE 'UTC' AS ended, billed_at IS NOT NULL AS billed
  FROM call_logs WHERE call_sid = 'CA0000000000000000000000000000000a';
SELECT kind, delta, balance_after, call_id IS NOT NULL AS names_call FROM credit_ledger WHERE user_id = :alice ORDER BY id;
SELECT * FROM worldtune.user_account(:alice);

-- Unknown calls, another user's call, words that Twilio does not use.
SELECT * FROM worldtune.record_call_status('CA00000000000000000000000000000404', 'ringing');
SELECT * FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'ringing', user_id => :bob);
SELECT * FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'hung-up');
SELECT * FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'rejected');
SELECT * FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'completed', -1);
-- A refused call stays refused.
SELECT status, changed, billed FROM worldtune.record_call_status('CA0000000000000000000000000000000b', 'completed', 60);

-- Unanswered: the hold goes, nothing is charged. Seconds that turn up late are still billed, against whatever is there.
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA0000000000000000000000000000000e');
SELECT status, changed, billed, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000e', 'no-answer');
SELECT held, available FROM worldtune.user_account(:alice);
SELECT status, changed, billed, credits_used, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000e', 'completed', 30);
-- The caller's leg is over before anybody answered: the caller gave up.
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA0000000000000000000000000000001e');
SELECT status, changed FROM worldtune.record_call_status('CA0000000000000000000000000000001e', 'completed');
-- The dialled leg is over: it was answered, and its seconds are still to come, whatever is heard of the caller's.
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA0000000000000000000000000000002e');
SELECT status, changed FROM worldtune.record_call_status('CA0000000000000000000000000000002e', 'completed', NULL, 'CA000000000000000000000000000000d2');
SELECT status, changed FROM worldtune.record_call_status('CA0000000000000000000000000000002e', 'completed');
SELECT held FROM worldtune.user_account(:alice);
SELECT status, changed FROM worldtune.record_call_status('CA0000000000000000000000000000002e', 'completed', 0);
-- completed after 0 seconds costs nothing.
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA0000000000000000000000000000000f');
SELECT status, changed, billed, credits_used, balance FROM worldtune.record_call_status('CA0000000000000000000000000000000f', 'completed', 0);
-- Seconds beyond what was authorised are not the caller's.
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA00000000000000000000000000000010');
SELECT status, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA00000000000000000000000000000010', 'completed', 100000);
SELECT duration_seconds, max_seconds FROM call_logs WHERE call_sid = 'CA00000000000000000000000000000010';

-- A call that the relay places: one key, one call; the SID comes later, once.
SELECT worldtune.add_credits(:bob, 5, 'pi_bob', 5);
SELECT allowed, max_seconds, number, call_sid, status, created FROM worldtune.start_call(:bob, '0044 20 7946 0958', 'click-1');
SELECT allowed, max_seconds, number, call_sid, status, created FROM worldtune.start_call(:bob, '0044 20 7946 0958', 'click-1');
SELECT count(*) FROM call_logs WHERE user_id = :bob AND status = 'queued';
SELECT id AS placed FROM call_logs WHERE idempotency_key = 'click-1' \gset
SELECT number, call_sid, max_seconds FROM worldtune.attach_call(:'placed', 'CA00000000000000000000000000000011', :bob);
SELECT number, call_sid, max_seconds FROM worldtune.attach_call(:'placed', 'CA00000000000000000000000000000011', :bob);
SELECT * FROM worldtune.attach_call(:'placed', 'CA00000000000000000000000000000012', :bob);
\set VERBOSITY sqlstate
SELECT number, call_sid, max_seconds FROM worldtune.attach_call(:'placed', 'CA00000000000000000000000000000011', :alice);
\set VERBOSITY default
-- With a SID it lives by its events; without one it can be given up.
SELECT status, changed FROM worldtune.abandon_call(:'placed', :bob, 'too late');
SELECT status, billed FROM worldtune.record_call_status('CA00000000000000000000000000000011', 'busy');
SELECT allowed FROM worldtune.start_call(:bob, '+33123456789', 'click-2');
SELECT held > 0 AS holds FROM worldtune.user_account(:bob);
SELECT id AS refused FROM call_logs WHERE idempotency_key = 'click-2' \gset
SELECT status, changed, billed FROM worldtune.abandon_call(:'refused', :bob, 'the carrier answered 21215');
SELECT status, changed, billed FROM worldtune.abandon_call(:'refused', :bob, 'the carrier answered 21215');
SELECT status, note, credits_held, ended_at IS NOT NULL AS ended FROM call_logs WHERE idempotency_key = 'click-2';

SELECT * FROM worldtune.check_integrity();

-- A low balance is told while the call lasts, once for each news of it: below settings.low_balance, this call's own hold not counted.
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-0000000000cc', 1.5);
SELECT allowed, low_balance FROM worldtune.authorize_call('00000000-0000-0000-0000-0000000000cc', '+442079460958', 'CAlow');
SET client_min_messages = notice;
SELECT status FROM worldtune.record_call_status('CAlow', 'initiated');
SELECT worldtune.adjust_credits('00000000-0000-0000-0000-0000000000cc', -0.75, 'chargeback');
\set VERBOSITY sqlstate
SELECT status FROM worldtune.record_call_status('CAlow', 'ringing');
\set VERBOSITY default
SELECT status FROM worldtune.record_call_status('CAlow', 'in-progress');
SELECT status, changed FROM worldtune.record_call_status('CAlow', 'in-progress');
SELECT status FROM worldtune.record_call_status('CAlow', 'completed', 10);
ROLLBACK;
