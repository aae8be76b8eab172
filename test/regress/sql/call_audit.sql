-- The carrier's list beside ours, both ways.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 1000);
SELECT count(*) FROM generate_series(1, 7) i, worldtune.authorize_call(:alice, '+442079460958', 'CA' || i);
-- 1 and 2 agree, a second apart is the same; 3 is open here; 4 lasted longer there; 5 cost more there; 6 is not known there; 7 was not answered there.
SELECT count(*) FROM unnest(ARRAY[1, 2, 4, 5, 6, 7]) i, worldtune.record_call_status('CA' || i, 'completed', 61, 'DD' || i);
SET LOCAL ROLE worldtune_relay;
\set legs '''[{"sid": "CA1", "status": "completed", "duration": "70", "price": "-0.008", "price_unit": "USD"}, {"sid": "DD1", "parent_call_sid": "CA1", "status": "completed", "duration": "61", "price": "-0.3", "price_unit": "USD"}, {"sid": "CA2", "status": "completed", "duration": "70"}, {"sid": "DD2", "status": "completed", "duration": "62"}, {"sid": "CA3", "status": "completed", "duration": "30"}, {"sid": "DD3", "parent_call_sid": "CA3", "status": "completed", "duration": "25"}, {"sid": "CA4", "status": "completed", "duration": "200"}, {"sid": "DD4", "parent_call_sid": "CA4", "status": "completed", "duration": "190", "price": "-0.1", "price_unit": "USD"}, {"sid": "CA5", "status": "completed"}, {"sid": "DD5", "parent_call_sid": "CA5", "status": "completed", "duration": "61", "price": "-1.3", "price_unit": "USD"}, {"sid": "CA7", "status": "completed", "duration": "20"}, {"sid": "DD7", "parent_call_sid": "CA7", "status": "no-answer", "duration": "0"}, {"sid": "CA8", "status": "completed", "duration": "9", "price": "nonsense", "price_unit": "USD"}, {"sid": "CA9", "status": "completed", "duration": "-5", "price": "-2", "price_unit": "EUR"}, {"status": "completed"}, {"sid": "DD8", "parent_call_sid": "CA8"}]'''
SELECT finding, call_sid, carrier_status, status, carrier_seconds, duration_seconds, cost, charged
FROM worldtune.compare_calls(now() - interval '1 hour', now() + interval '1 hour', :legs);
-- Of another day only what the carrier lists is looked at.
SELECT finding, call_sid FROM worldtune.compare_calls(now() - interval '3 hours', now() - interval '2 hours', '[{"sid": "CA1", "status": "completed"}, {"sid": "CA0"}]');
SELECT * FROM worldtune.compare_calls(now(), now(), '[]');
SELECT * FROM worldtune.compare_calls(now(), now(), NULL);
SELECT * FROM worldtune.compare_calls(now(), now(), '{"sid": "CA1"}');
RESET ROLE;

-- What nobody asks for any more.
SELECT count(*) FROM worldtune.charges_given_up('-infinity');
ALTER TABLE call_logs DISABLE TRIGGER USER;
UPDATE call_logs SET ended_at = now() - interval '2 days' WHERE call_sid IN ('CA1', 'CA2');
ALTER TABLE call_logs ENABLE TRIGGER USER;
SELECT worldtune.record_carrier_charge(:alice, 'CA1', 'both_legs', NULL, 0.3);
SET LOCAL ROLE service_role;
SELECT call_sid, dial_call_sid, status, last FROM worldtune.charges_given_up('-infinity');
SELECT count(*) FROM worldtune.charges_given_up(now() + interval '1 hour');
SELECT finding, call_sid FROM worldtune.compare_calls(now() - interval '1 hour', now() + interval '1 hour', '[{"sid": "CA2", "status": "completed", "duration": "70"}]') WHERE finding = 'price_unknown';
