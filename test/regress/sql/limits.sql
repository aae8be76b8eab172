-- The operator's limits, for all and for one; each refusal carries its reason, each change counts from the next call.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,iso_country,rate\n44,GB,0.60\n33,FR,0.10\n252,SO,0.80\n253,DJ,0.90\n254,KE,0.95\n800,,0.80\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 1000), (:bob, 1000);
CREATE FUNCTION pg_temp.ask(caller uuid, number text) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(reason, max_seconds || ' s') FROM worldtune.authorize_call(caller, number)
$$;
UPDATE worldtune.settings SET max_call_seconds = 600;

-- Calls at once.
UPDATE worldtune.settings SET max_concurrent_calls = 2;
SELECT pg_temp.ask(:alice, '+33123456789'), pg_temp.ask(:alice, '+33123456789'), pg_temp.ask(:alice, '+33123456789');
SELECT allowed, reason FROM worldtune.user_check_credit(:alice, '+33123456789');
INSERT INTO worldtune.user_limits (user_id, max_concurrent_calls) VALUES (:alice, 3);
SELECT pg_temp.ask(:alice, '+33123456789'), pg_temp.ask(:alice, '+33123456789'), pg_temp.ask(:bob, '+33123456789');
UPDATE worldtune.settings SET max_concurrent_calls = NULL;
DELETE FROM worldtune.user_limits;

-- Spend a day, holds counted: 3 calls hold 3.00; the fourth is shortened, the fifth refused.
UPDATE worldtune.settings SET max_spend_per_day = 3.35;
SELECT pg_temp.ask(:alice, '+33123456789'), pg_temp.ask(:alice, '+33123456789');
-- Where neither the day's spend nor the credit reaches the minimum, the limit is the reason.
SELECT worldtune.adjust_credits(:alice, -999.9, 'all but a little');
SELECT pg_temp.ask(:alice, '+33123456789');
SELECT worldtune.adjust_credits(:alice, 999.9, 'and back');
-- What is not from today does not count.
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '24 hours 1 second' WHERE user_id = :alice;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.ask(:alice, '+33123456789');
UPDATE worldtune.settings SET max_spend_per_day = NULL;

-- Dear destinations, and countries.
UPDATE worldtune.settings SET max_rate = 0.85;
SELECT pg_temp.ask(:bob, '+252612345678'), pg_temp.ask(:bob, '+25321345678');
UPDATE worldtune.settings SET max_rate = NULL, denied_countries = '{SO}';
SELECT pg_temp.ask(:bob, '+252612345678'), pg_temp.ask(:bob, '+25321345678');
INSERT INTO worldtune.user_limits (user_id, denied_countries) VALUES (:bob, '{DJ}');
SELECT pg_temp.ask(:bob, '+252612345678'), pg_temp.ask(:bob, '+25321345678');
DELETE FROM worldtune.user_limits;
SELECT pg_temp.ask(:bob, '+80012345678');
UPDATE worldtune.settings SET denied_countries = NULL, allowed_countries = '{GB,FR}';
SELECT pg_temp.ask(:bob, '+252612345678'), pg_temp.ask(:bob, '+442079460958'), pg_temp.ask(:bob, '+80012345678');
SELECT allowed, reason FROM worldtune.user_check_credit(:bob, '+252612345678');
UPDATE worldtune.settings SET allowed_countries = NULL;

-- Toll fraud spreads over ranges: two high-cost prefixes an hour, the same ones again as often as one likes.
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000c', 1000);
UPDATE worldtune.settings SET high_cost_rate = 0.80, max_high_cost_prefixes_per_hour = 2;
SELECT pg_temp.ask('00000000-0000-0000-0000-00000000000c', n) FROM unnest(ARRAY['+252612345678', '+25321345678', '+254712345678', '+252612345679', '+442079460958']) n;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '1 hour 1 second';
SET LOCAL session_replication_role = origin;
SELECT pg_temp.ask('00000000-0000-0000-0000-00000000000c', '+254712345678');

-- The longest call of one user.
INSERT INTO worldtune.user_limits (user_id, max_call_seconds) VALUES (:bob, 120);
SELECT pg_temp.ask(:bob, '+33123456789');
-- Shorter than one billing step: the cap itself, for who can pay for the step.
SELECT worldtune.adjust_credits('00000000-0000-0000-0000-00000000000c', 0.02 - available, 'a little') FROM worldtune.user_account('00000000-0000-0000-0000-00000000000c');
SELECT rates FROM worldtune.import_rates(E'prefix,iso_country,rate,minimum_seconds,increment_seconds\n33,FR,0.10,0,60\n44,GB,0.10,60,60\n', allow_losses => true);
UPDATE worldtune.user_limits SET max_call_seconds = 30 WHERE user_id = :bob;
SELECT pg_temp.ask(:bob, '+33123456789'), pg_temp.ask(:bob, '+442079460958');
SELECT allowed, reason, max_seconds, required FROM worldtune.user_check_credit(:bob, '+33123456789');
INSERT INTO worldtune.user_limits (user_id, max_call_seconds) VALUES ('00000000-0000-0000-0000-00000000000c', 30);
SELECT pg_temp.ask('00000000-0000-0000-0000-00000000000c', '+33123456789');
\set VERBOSITY terse
UPDATE worldtune.settings SET max_call_seconds = 0;
SELECT reject_reason, sum(attempts) FROM call_logs WHERE status = 'rejected' GROUP BY 1 ORDER BY 1;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
