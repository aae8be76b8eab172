-- What a user's pages are told: every change of a call's status and of the balance has a number, in order and without gaps.
\set QUIET on
BEGIN;
SET client_min_messages = error;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,iso_country,rate\n44,GB,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob '''00000000-0000-0000-0000-00000000000b'''
\set nobody '''00000000-0000-0000-0000-00000000000c'''
-- The number before the first of alice's: events are shown by how far they are from it.
CREATE FUNCTION pg_temp.zero() RETURNS bigint LANGUAGE sql AS $$ SELECT min(seq) - 1 FROM worldtune_internal.live_events WHERE user_id = '00000000-0000-0000-0000-00000000000a' $$;
CREATE FUNCTION pg_temp.since(after bigint) RETURNS TABLE (seq bigint, type text, status text, kind text, balance numeric, available numeric, duration int, billed int, cost numeric, left_s int, max_s int, why text)
LANGUAGE sql AS $$
  SELECT e.seq - pg_temp.zero(), e.type, e.status, e.kind, e.balance, e.available, e.duration_seconds, e.billed_seconds, e.cost, e.seconds_left, e.max_seconds, e.why
  FROM worldtune.live_events('{00000000-0000-0000-0000-00000000000a}', ARRAY[pg_temp.zero() + after]) e
$$;
INSERT INTO users (id, credit_balance) VALUES (:alice, 10), (:bob, 0);
-- Nothing is written for whom nobody asked.
SELECT count(*) AS events FROM worldtune_internal.live_events;
SELECT type, balance FROM worldtune.user_live_snapshot(:alice);
-- The first number is the clock's.
SELECT abs(pg_temp.zero() / 1e6 - extract(epoch FROM clock_timestamp())) < 60 AS is_now;
SELECT * FROM pg_temp.since(0);
-- A call, from its authorisation to its charge; repeats tell nothing.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT changed FROM worldtune.record_call_status('CA1', 'ringing');
SELECT changed FROM worldtune.record_call_status('CA1', 'ringing');
SELECT changed FROM worldtune.record_call_status('CA1', 'in-progress', occurred_at => clock_timestamp() - interval '10.1 s');
SELECT * FROM pg_temp.since(1);
SELECT changed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT changed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT * FROM pg_temp.since(4);
-- Whoever writes a balance: one event for each row of the ledger.
UPDATE users SET credit_balance = credit_balance + 1;
SELECT worldtune.refund_call('CA1', 0.5);
SELECT * FROM pg_temp.since(6);
-- A call that the relay places: held without a SID, then it gets one, then Twilio did not want it after all.
SELECT created FROM worldtune.start_call(:alice, '+442079460958', 'key');
SELECT created FROM worldtune.attach_call((SELECT id FROM call_logs WHERE idempotency_key = 'key'), 'CA2', :alice);
SELECT changed FROM worldtune.record_call_status('CA2', 'no-answer');
SELECT created FROM worldtune.start_call(:alice, '+442079460958', 'another');
SELECT changed FROM worldtune.abandon_call((SELECT id FROM call_logs WHERE idempotency_key = 'another'), :alice);
-- A refused one.
SELECT reason FROM worldtune.authorize_call(:alice, '+99912345678', 'CA3');
SELECT * FROM pg_temp.since(8);
-- With a low balance the answer of a call tells it, and the longest call ends by its limit.
SELECT worldtune.adjust_credits(:alice, -9.38, 'spent elsewhere');
SELECT max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT changed FROM worldtune.record_call_status('CA4', 'in-progress', occurred_at => clock_timestamp());
SELECT * FROM pg_temp.since(14);
-- How things stand, of one moment, and what happened since, which tells nothing older.
SELECT seq - pg_temp.zero() AS seq, type, status, call_sid, number, balance, available, duration_seconds, seconds_left, max_seconds FROM worldtune.user_live_snapshot(:alice);
SELECT changed FROM worldtune.record_call_status('CA4', 'completed', 180);
SELECT seq - pg_temp.zero() AS seq, type, status, kind, balance, available, cost, why FROM worldtune.user_live_snapshot(:alice, pg_temp.zero() + 14);
-- Of the newest there is nothing new; beyond it, below the oldest, or of anything else the numbers do not follow.
SELECT seq - pg_temp.zero() AS seq, type FROM worldtune.user_live_snapshot(:alice, pg_temp.zero() + 19);
SELECT seq - pg_temp.zero() AS seq, type FROM worldtune.user_live_snapshot(:alice, pg_temp.zero() + 20);
SELECT seq - pg_temp.zero() AS seq, type FROM worldtune.user_live_snapshot(:alice, pg_temp.zero() - 1);
SELECT seq - pg_temp.zero() AS seq, type FROM worldtune.user_live_snapshot(:alice, -9223372036854775808);
SELECT seq - pg_temp.zero() AS seq, type FROM worldtune.user_live_snapshot(:alice, 9223372036854775807);
-- Muting asks the pages, and the last word counts for those that were away.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA5');
SELECT worldtune.add_credits(:alice, 5, 'pi_1', 5);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA6');
SELECT worldtune.request_mute(:alice, 'CA6', true, '00000000-0000-0000-0000-000000000001');
SELECT worldtune.request_mute(:alice, 'CA6', false, '00000000-0000-0000-0000-000000000002');
SELECT type, call_sid, muted, request_id FROM worldtune.live_events(ARRAY[:alice]::uuid[], ARRAY[pg_temp.zero() + 22]);
SELECT seq - pg_temp.zero() AS seq, type, call_sid, muted, request_id FROM worldtune.user_live_snapshot(:alice, pg_temp.zero() + 22) WHERE type = 'call.mute';
\set ON_ERROR_ROLLBACK on
\set VERBOSITY sqlstate
SELECT worldtune.request_mute(:alice, 'CA1', true, '00000000-0000-0000-0000-000000000003');
SELECT worldtune.request_mute(:bob, 'CA6', true, '00000000-0000-0000-0000-000000000003');
SELECT worldtune.request_mute(:alice, 'CA6', NULL, '00000000-0000-0000-0000-000000000003');
SELECT worldtune.live_events(ARRAY[:alice, :bob]::uuid[], '{1}');
\set VERBOSITY default
-- Who has had no events has a number all the same, the same one each time; the next event follows on it.
SELECT count(*) FROM worldtune_internal.live_events WHERE user_id = :bob;
DELETE FROM worldtune_internal.live_events WHERE user_id = :bob;
SELECT seq AS first FROM worldtune.user_live_snapshot(:bob) \gset
SELECT seq = :first AS is_same, type FROM worldtune.user_live_snapshot(:bob, :first);
SELECT worldtune.add_credits(:bob, 5, 'pi_2', 5);
SELECT seq - :first AS seq, type, balance FROM worldtune.live_events(ARRAY[:bob]::uuid[], ARRAY[:first]);
-- Several users at once; nobody is told of others.
SELECT e.user_id, count(*) FROM worldtune.live_events(ARRAY[:alice, :bob, :nobody]::uuid[], ARRAY[pg_temp.zero() + 20, :first, 0]) e GROUP BY 1 ORDER BY 1;
-- An unknown user has nothing.
SELECT seq, type, balance, available FROM worldtune.user_live_snapshot(:nobody);
-- Old events go, but not the last; who asks for them must begin anew. More than a thousand are not told one by one.
UPDATE worldtune_internal.live_events SET at = at - interval '2 hours' WHERE user_id = :alice;
SELECT worldtune.prune_live_events(max_rows => 20);
SELECT worldtune.prune_live_events(), worldtune.prune_live_events();
SELECT count(*) FROM worldtune_internal.live_events WHERE user_id = :alice;
SELECT user_id, type FROM worldtune.live_events(ARRAY[:alice]::uuid[], ARRAY[(SELECT max(seq) - 5 FROM worldtune_internal.live_events WHERE user_id = :alice)]);
SELECT worldtune.add_credits(:alice, 1, 'pi_3', 1);
SELECT type, kind FROM worldtune.live_events(ARRAY[:alice]::uuid[], ARRAY[(SELECT max(seq) - 1 FROM worldtune_internal.live_events WHERE user_id = :alice)]);
SELECT count(worldtune.adjust_credits(:bob, 0.01, 'again and again')) FROM generate_series(1, 1001);
SELECT type FROM worldtune.live_events(ARRAY[:bob]::uuid[], ARRAY[:first]);
SELECT count(*) FROM worldtune.live_events(ARRAY[:bob]::uuid[], ARRAY[:first + 2]);
-- A call that lasts as long as was authorised.
SELECT changed FROM worldtune.record_call_status('CA6', 'completed', (SELECT max_seconds FROM call_logs WHERE call_sid = 'CA6'));
SELECT type, status, kind, why FROM worldtune.live_events(ARRAY[:alice]::uuid[], ARRAY[(SELECT max(seq) - 2 FROM worldtune_internal.live_events WHERE user_id = :alice)]);
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
