-- What counts as spent today: the price of calls less what was given back, and what open calls hold; nothing that was refused, and nothing of the earlier application.
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,iso_country,rate\n44,GB,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 1000);
UPDATE worldtune.settings SET max_call_seconds = 300, max_spend_per_day = 3.60;
CREATE FUNCTION pg_temp.seconds_left() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(reason, max_seconds || ' s') FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', '+442079460958')
$$;
SELECT pg_temp.seconds_left();
-- A call of two minutes costs 1.20: four minutes are left.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT credits_used FROM worldtune.record_call_status('CA1', 'completed', 120);
SELECT pg_temp.seconds_left();
-- Half of it is given back: five are.
SELECT worldtune.refund_call('CA1', 0.60, 'an echo');
SELECT pg_temp.seconds_left();
-- What the earlier application logged, and what was refused, cost nothing.
INSERT INTO call_logs (user_id, call_sid, status, duration_minutes, credits_used) VALUES (:alice, 'old', 'completed', 2, 1.20);
SELECT reason FROM worldtune.authorize_call(:alice, '+99912345678', 'CA2');
SELECT pg_temp.seconds_left();
-- An open call holds all of it; when it was not answered, it is there again.
SELECT max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SELECT pg_temp.seconds_left();
SELECT status FROM worldtune.record_call_status('CA3', 'busy');
SELECT pg_temp.seconds_left();
-- A user's own limit counts where the settings have none at all.
UPDATE worldtune.settings SET max_spend_per_day = NULL;
SELECT pg_temp.seconds_left();
INSERT INTO worldtune.user_limits (user_id, max_spend_per_day) VALUES (:alice, 1.20);
SELECT pg_temp.seconds_left();
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
