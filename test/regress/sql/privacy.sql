-- Numbers masked after a time, or from the start.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,rate\n44,United Kingdom,GB,0.60\n1876,Jamaica,JM,0.60\n');
SELECT n, worldtune.mask_number(n) FROM unnest(ARRAY['+442079460958', '+18765551234', '+2904123', '+491234567', '+493012345678901', 'anonymous', '']) n;
SELECT worldtune.mask_number(worldtune.mask_number('+442079460958'));
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT status FROM worldtune.record_call_status('CA1', 'completed', 30);
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = now() - interval '31 days' WHERE call_sid = 'CA1';
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = origin;
SELECT allowed FROM worldtune.authorize_call(:alice, '+18765551234', 'CA2');
INSERT INTO call_logs (user_id, status, call_sid, phone_number, created_at) VALUES (:alice, 'completed', 'old', '+18765551234', now() - interval '1 year');
SELECT worldtune.anonymize_numbers('30 days');
SELECT worldtune.anonymize_numbers('30 days');
SELECT call_sid, phone_number, country, prefix, credits_used FROM call_logs ORDER BY call_sid;
-- A call in progress keeps its number until it is over, however old it is.
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = now() - interval '31 days' WHERE call_sid = 'CA2';
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = origin;
SELECT worldtune.anonymize_numbers('30 days');
SELECT worldtune.anonymize_numbers('0');
SELECT phone_number FROM call_logs WHERE call_sid = 'CA2';
SAVEPOINT talking;
SELECT status FROM worldtune.record_call_status('CA2', 'busy');
SELECT worldtune.anonymize_numbers('30 days');
SELECT phone_number FROM call_logs WHERE call_sid = 'CA2';
ROLLBACK TO SAVEPOINT talking;
SELECT worldtune.anonymize_numbers(NULL);
SELECT worldtune.anonymize_numbers('-1 day');
-- From the start: the row is masked, what the relay must dial is not.
UPDATE worldtune.settings SET store_masked_numbers = true;
SELECT status FROM worldtune.record_call_status('CA2', 'busy');
SELECT allowed, number FROM worldtune.start_call(:alice, '+44 20 7946 0958', 'k');
SELECT phone_number FROM call_logs WHERE idempotency_key = 'k';
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
