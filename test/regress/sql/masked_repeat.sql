-- Where numbers are stored masked, asking again for a call still answers the same, and another number is still told apart.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10);
UPDATE worldtune.settings SET store_masked_numbers = true, max_call_seconds = 60;
SELECT allowed, max_seconds, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT allowed, max_seconds, available FROM worldtune.authorize_call(:alice, '+44 20 7946 0958', 'CA1');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460123', 'CA1');
SELECT phone_number LIKE '+44 %58' AS masked, credits_held FROM call_logs;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
