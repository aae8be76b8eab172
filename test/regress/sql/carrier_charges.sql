-- What calls cost the operator: told per leg minutes after the end, asked for until it is known.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set VERBOSITY terse
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,rate\n44,United Kingdom,GB,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 100), (:bob, 0);
CREATE FUNCTION pg_temp.billed(sid text) RETURNS numeric LANGUAGE sql AS $$
  SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', sid);
  SELECT credits_used FROM worldtune.record_call_status(sid, 'completed', 61, 'CD' || substr(sid, 3));
$$;
CREATE FUNCTION pg_temp.charges(sid text) RETURNS TABLE (item text, charged_sid text, amount numeric, estimated boolean) LANGUAGE sql AS $$
  SELECT item, k.sid, amount, estimated FROM worldtune.carrier_charges k JOIN call_logs c ON c.id = k.call_id WHERE c.call_sid = $1 ORDER BY 1, 2
$$;
CREATE FUNCTION pg_temp.waiting() RETURNS SETOF text LANGUAGE sql AS $$
  UPDATE worldtune_internal.charge_queue SET ask_at = now();
  SELECT call_sid FROM worldtune.calls_without_charges();
$$;

-- A call waits from its end on, whoever ended it; so does a refused one that the carrier knows, and none that it does not know.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT status FROM worldtune.record_call_status('CA1', 'ringing');
SELECT * FROM pg_temp.waiting();
SELECT status FROM worldtune.record_call_status('CA1', 'busy');
SELECT pg_temp.billed('CA2'), pg_temp.billed('CA3'), pg_temp.billed('CA4');
SELECT billed FROM worldtune.record_call_status('CA2', 'completed', 61);
SELECT allowed, reason FROM worldtune.authorize_call(:bob, '+442079460958', 'CA5');
SELECT allowed, reason FROM worldtune.authorize_call(:bob, '+442079460958');
SELECT call_id AS unplaced FROM worldtune.start_call(:alice, '+442079460958') \gset
SELECT status FROM worldtune.abandon_call(:'unplaced', :alice, 'no line');
SELECT * FROM pg_temp.waiting();

-- The price of one leg, then of the other: nothing is asked for any more. Twilio's prices are negative.
SELECT changed, carrier_cost FROM worldtune.reconcile_call('CA2', 'completed', 61, user_id => :alice, caller_leg_price => -0.0080);
SELECT * FROM pg_temp.charges('CA2');
SELECT count(*) FROM pg_temp.waiting() w WHERE w = 'CA2';
SELECT changed, carrier_cost FROM worldtune.reconcile_call('CA2', 'completed', 61, user_id => :alice, caller_leg_price => -0.0080, dialled_leg_price => -0.0280, price_unit => 'usd');
SELECT * FROM pg_temp.charges('CA2');
SELECT * FROM pg_temp.waiting();
-- Again, and with a price that the carrier has corrected.
SELECT carrier_cost FROM worldtune.reconcile_call('CA2', 'completed', 61, caller_leg_price => -0.0080, dialled_leg_price => -0.0280);
SELECT carrier_cost FROM worldtune.reconcile_call('CA2', 'completed', 61, caller_leg_price => -0.0080, dialled_leg_price => -0.0290);
SELECT carrier_cost FROM worldtune.reconcile_call('CA2', 'completed', 61);
-- Of a refused call, and of one whose dialled leg nobody had named.
SELECT changed, status, carrier_cost FROM worldtune.reconcile_call('CA5', 'completed', 2, caller_leg_price => -0.0040, dialled_leg_price => 0);
SELECT changed, status, carrier_cost FROM worldtune.reconcile_call('CA1', 'busy', caller_leg_price => -0.0040, dialled_leg_price => 0, dial_call_sid => 'CD1');
SELECT changed FROM worldtune.reconcile_call('CA5', 'completed', 2, dial_call_sid => 'CD5');
SELECT dial_call_sid FROM call_logs WHERE call_sid IN ('CA1', 'CA5') ORDER BY call_sid;
SELECT * FROM pg_temp.charges('CA5') UNION ALL SELECT * FROM pg_temp.charges('CA1');
-- Both together; legs take their place, and the other way round.
SELECT carrier_cost FROM worldtune.reconcile_call('CA3', 'completed', 61, -0.0360);
SELECT * FROM pg_temp.charges('CA3');
SELECT * FROM pg_temp.waiting();
SELECT carrier_cost FROM worldtune.reconcile_call('CA3', 'completed', 61, caller_leg_price => 0.01, dialled_leg_price => 0.02);
SELECT carrier_cost FROM worldtune.reconcile_call('CA3', 'completed', 61, 0.04);
-- Not in dollars, and what is no price: nothing is booked.
SELECT carrier_cost FROM worldtune.reconcile_call('CA4', 'completed', 61, dialled_leg_price => -0.03, price_unit => 'EUR');
SELECT carrier_cost FROM worldtune.reconcile_call('CA4', 'completed', 61, dialled_leg_price => -0.03, price_unit => NULL);
SELECT carrier_cost FROM worldtune.reconcile_call('CA4', 'completed', 61, -0.03, dialled_leg_price => -0.03);
SELECT carrier_cost FROM worldtune.reconcile_call('CA4', 'completed', 61, dialled_leg_price => 'NaN');
SELECT carrier_cost FROM worldtune.reconcile_call('CA4', 'completed', 61, dial_call_sid => 'no sid');
SELECT count(*) FROM pg_temp.charges('CA4');
-- A currency does not matter where there is no price.
SELECT changed, carrier_cost FROM worldtune.reconcile_call('CA4', 'completed', 200, price_unit => 'EUR');

-- One thing at a time: an estimate gives way to a told price, and never the other way round.
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE1', 0.0025, estimated => true);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE2', 0.0025);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE1', -0.0030);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE1', 0.0025, estimated => true);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE1', -0.0030);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'transcription', 'TR1', 0.05);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'caller_leg', NULL, 0.01);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'dialled_leg', NULL, 0.02, estimated => true);
SELECT * FROM pg_temp.waiting();
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'dialled_leg', 'CD40', 0.02);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'dialled_leg', NULL, 0.03, estimated => true), worldtune.record_carrier_charge(:alice, 'CA4', 'both_legs', NULL, 0.04, estimated => true);
SELECT * FROM pg_temp.charges('CA4');
SELECT * FROM pg_temp.waiting();
SELECT worldtune.record_carrier_charge(:bob, 'CA4', 'recording', 'RE1', 0.0025);
SELECT worldtune.record_carrier_charge(:alice, 'CA404', 'recording', 'RE1', 0.0025);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'coffee', 'RE1', 0.0025);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', NULL, 0.0025);
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE1', 0.0025, 'EUR');
SELECT worldtune.record_carrier_charge(:alice, 'CA4', 'recording', 'RE1', NULL);

-- Handed out to one relay at a time, after growing pauses, after a day for the last time.
SELECT pg_temp.billed('CA6'), pg_temp.billed('CA7');
CREATE FUNCTION pg_temp.uuid7(at timestamptz) RETURNS uuid LANGUAGE sql AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000800000000000000' || '0')::uuid
$$;
CREATE FUNCTION pg_temp.age(sid text, age interval) RETURNS void LANGUAGE sql AS $$
  SET LOCAL session_replication_role = replica;
  UPDATE call_logs SET ended_at = now() - age WHERE call_sid = sid;
  SET LOCAL session_replication_role = origin;
  UPDATE worldtune_internal.charge_queue q SET ask_at = now() FROM call_logs c WHERE c.id = q.call_id AND c.call_sid = sid;
$$;
SELECT call_sid, dial_call_sid, status, ended_at = now() AS ended_now, last, user_id FROM worldtune.calls_without_charges(1);
SELECT call_sid FROM worldtune.calls_without_charges();
SELECT call_sid FROM worldtune.calls_without_charges();
SELECT pg_temp.age('CA6', '10 minutes'), pg_temp.age('CA7', '20 seconds');
SELECT call_sid, last FROM worldtune.calls_without_charges(100, 30);
SELECT c.call_sid, q.ask_at - now() AS pause FROM worldtune_internal.charge_queue q JOIN call_logs c ON c.id = q.call_id ORDER BY 1;
SELECT pg_temp.age('CA6', '1 day');
SELECT call_sid, last FROM worldtune.calls_without_charges();
SELECT * FROM pg_temp.waiting();
-- Collected from where it was left, an hour at once until there are some.
DELETE FROM worldtune_internal.charge_queue;
SELECT count(*) FROM worldtune.calls_without_charges();
DELETE FROM worldtune_internal.charge_queue;
UPDATE worldtune_internal.charge_cursor SET collected_until = now() + interval '1 day';
SELECT count(*) FROM worldtune.calls_without_charges();
UPDATE worldtune_internal.charge_cursor SET collected_until = clock_timestamp() - interval '5 hours 30 minutes';
SELECT call_sid FROM worldtune.calls_without_charges();
SELECT collected_until >= now() AS up_to_date FROM worldtune_internal.charge_cursor;
-- Calls of a relay that was away for days are asked for once, those that were asked for long ago no more.
DELETE FROM worldtune_internal.charge_queue;
SET LOCAL session_replication_role = replica;
INSERT INTO call_logs (id, created_at, user_id, call_sid, status, authorized_at, ended_at)
  SELECT pg_temp.uuid7(now() - age), now() - age, :alice, sid, 'completed', now() - age, now() - age
  FROM (VALUES ('CAaway', interval '73 hours 30 minutes'), ('CAdone', interval '6 days')) v(sid, age);
SET LOCAL session_replication_role = origin;
UPDATE worldtune_internal.charge_cursor SET collected_until = now() - interval '5 days';
SELECT call_sid, last FROM worldtune.calls_without_charges();
SELECT call_sid FROM worldtune.calls_without_charges() WHERE call_sid = 'CAaway';
SELECT * FROM worldtune.calls_without_charges(0);
SELECT * FROM worldtune.calls_without_charges(1001);
SELECT * FROM worldtune.calls_without_charges(NULL);
SELECT * FROM worldtune.calls_without_charges(1, 0);

-- Sold below cost.
SELECT worldtune.record_carrier_charge(:alice, 'CA6', 'dialled_leg', NULL, 1.25), worldtune.record_carrier_charge(:alice, 'CA7', 'dialled_leg', NULL, 1.19);
SELECT call_sid, iso_country, prefix, price_source, rate, duration_seconds, charged, cost, loss, estimated FROM worldtune.losing_calls(now() - interval '1 hour');
SELECT worldtune.refund_call('CA7', 0.5) > 0 AS refunded;
SELECT worldtune.record_carrier_charge(:alice, 'CA7', 'recording', 'RE7', 0.01, estimated => true);
SELECT call_sid, charged, cost, loss, estimated FROM worldtune.losing_calls(now() - interval '1 hour');
SELECT count(*) FROM worldtune.losing_calls(now() + interval '1 second');
SELECT * FROM worldtune.losing_calls(NULL);

-- Callers see none of it; the back office may look.
SET LOCAL ROLE authenticated;
SELECT * FROM worldtune.carrier_charges;
SELECT * FROM worldtune.losing_calls(now());
RESET ROLE;
SET LOCAL ROLE service_role;
SELECT count(*) FROM worldtune.carrier_charges;
DELETE FROM worldtune.carrier_charges;
SELECT count(*) FROM worldtune.losing_calls(now() - interval '1 hour');
RESET ROLE;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
