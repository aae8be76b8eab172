-- Where a rule begins and ends: the last that is allowed beside the first that is not.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\pset format unaligned
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate,minimum_seconds,increment_seconds\n44,0.60,60,60\n33,0.60,30,6\n49,0.60,1,1\n252,0.80,60,60\n253,0.90,60,60\n254,0.95,60,60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
\set carol '''00000000-0000-0000-0000-00000000000c'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 1000), (:bob, 0.70), (:carol, 1000);
CREATE FUNCTION pg_temp.ask(caller uuid, number text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer worldtune.call_authorization := worldtune.authorize_call(caller, number);
BEGIN
  RETURN coalesce(answer.reason, answer.max_seconds || ' s for ' || (SELECT round(credits_held, 2) FROM public.call_logs WHERE id = answer.call_id));
END
$$;
-- The same in a savepoint of its own: what it holds is given back.
CREATE FUNCTION pg_temp.try(caller uuid, number text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  answer := pg_temp.ask(caller, number);
  RAISE SQLSTATE 'WT000';
EXCEPTION WHEN SQLSTATE 'WT000' THEN
  RETURN answer;
END
$$;

-- The longest call, in whole steps of 60/60, 30/6 and 1/1; where that is shorter than the minimum, the minimum is paid for it.
CREATE FUNCTION pg_temp.try_longest(caller uuid, longest int) RETURNS TABLE ("60/60" text, "30/6" text, "1/1" text) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE worldtune.settings SET max_call_seconds = longest;
  RETURN QUERY SELECT pg_temp.try(caller, '+442079460958'), pg_temp.try(caller, '+33123456789'), pg_temp.try(caller, '+4930123456');
END
$$;
SELECT longest, t.* FROM unnest(ARRAY[121, 120, 119, 90, 61, 60, 59, 37, 36, 35, 29, 1]) longest, pg_temp.try_longest(:alice, longest) t;
-- With credit for 70 seconds.
SELECT longest, t.* FROM unnest(ARRAY[600, 90, 71, 70, 69]) longest, pg_temp.try_longest(:bob, longest) t;

-- The balance is low below the limit, not at it.
UPDATE worldtune.settings SET max_call_seconds = 60, low_balance = 0.70;
SELECT low_balance FROM worldtune.authorize_call(:bob, '+4930123456', 'CAlow');
SELECT low_balance FROM worldtune.user_account(:alice);
SELECT status FROM worldtune.record_call_status('CAlow', 'busy');
SELECT available, low_balance FROM worldtune.user_account(:bob);
SELECT low_balance FROM worldtune.user_check_credit(:bob, '+4930123456');
UPDATE worldtune.settings SET low_balance = 0.700001;
SELECT available, low_balance FROM worldtune.user_account(:bob);
SELECT low_balance FROM worldtune.user_check_credit(:bob, '+4930123456');
SELECT low_balance FROM worldtune.authorize_call(:bob, '+4930123456');

-- A rate at max_rate is allowed, a dearer one is not.
CREATE FUNCTION pg_temp.try_at(dearest numeric) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE worldtune.settings SET max_rate = dearest;
  RETURN pg_temp.try('00000000-0000-0000-0000-00000000000a', '+252612345678');
END
$$;
SELECT max_rate, pg_temp.try_at(max_rate) FROM unnest(ARRAY[0.799999, 0.80, 0.800001]) max_rate;
UPDATE worldtune.settings SET max_rate = NULL;

-- A rate at high_cost_rate is dear, a cheaper one is not, of the call that is asked for as of those before.
SELECT pg_temp.ask(:alice, '+252612345678');
UPDATE worldtune.settings SET max_high_cost_prefixes_per_hour = 1, high_cost_rate = 0.80;
SELECT allowed AS second_dear_one FROM worldtune.user_check_credit(:alice, '+25321345678');
UPDATE worldtune.settings SET high_cost_rate = 0.800001;
SELECT allowed AS dear_beside_a_cheap_one FROM worldtune.user_check_credit(:alice, '+25321345678');
SELECT pg_temp.ask(:carol, '+25321345678');
SELECT allowed AS cheap_beside_a_dear_one FROM worldtune.user_check_credit(:carol, '+252612345678');
UPDATE worldtune.settings SET high_cost_rate = 0.80;
SELECT allowed AS now_dear_too FROM worldtune.user_check_credit(:carol, '+252612345678');
SELECT allowed AS as_cheap_as_any FROM worldtune.user_check_credit(:carol, '+442079460958');
-- They count for an hour.
CREATE FUNCTION pg_temp.after(ago interval, number text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  answer boolean;
BEGIN
  PERFORM set_config('session_replication_role', 'replica', true);
  UPDATE public.call_logs SET created_at = now() - ago, authorized_at = now() - ago WHERE user_id = '00000000-0000-0000-0000-00000000000c';
  answer := allowed FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000c', number);
  RAISE SQLSTATE 'WT000';
EXCEPTION WHEN SQLSTATE 'WT000' THEN
  RETURN answer;
END
$$;
SELECT ago, pg_temp.after(ago, '+252612345678') AS allowed FROM unnest(ARRAY['0 min', '59 min 59 s', '1 h 1 s']::interval[]) ago;
UPDATE worldtune.settings SET max_high_cost_prefixes_per_hour = NULL, high_cost_rate = NULL;
-- What a call of today holds counts for 24 hours, whatever the time zone's day: it holds 0.90, and another would cost 0.60.
UPDATE worldtune.settings SET max_spend_per_day = 1.49;
SELECT ago, pg_temp.after(ago, '+442079460958') AS allowed
  FROM unnest(ARRAY['0 min', '11 h', '13 h', '22 h 59 min', '23 h 1 min', '23 h 59 min 59 s', '24 h 1 s']::interval[]) ago;
UPDATE worldtune.settings SET max_spend_per_day = 1.50;
SELECT allowed AS exactly FROM worldtune.user_check_credit(:carol, '+442079460958');
UPDATE worldtune.settings SET max_spend_per_day = NULL;

-- Arguments: the greatest that is taken.
\set VERBOSITY terse
SELECT allowed, required FROM worldtune.user_check_credit(:alice, '+442079460958', 1440);
SELECT allowed, required FROM worldtune.user_check_credit(:alice, '+442079460958', 1441);
SELECT allowed, required FROM worldtune.user_check_credit(:alice, '+442079460958', 0);
SELECT count(*) FROM worldtune.user_call_history(:alice, 1000);
SELECT count(*) FROM worldtune.user_call_history(:alice, 1001);
SELECT count(*) FROM worldtune.user_call_history(:alice, 0);
SELECT created FROM worldtune.start_call(:alice, '+442079460958', repeat('k', 255));
SELECT created FROM worldtune.start_call(:alice, '+442079460958', repeat('k', 255));
SELECT created FROM worldtune.start_call(:alice, '+442079460958', repeat('k', 256));
SELECT created FROM worldtune.start_call(:alice, '+442079460958', '');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', repeat('C', 64));
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', repeat('C', 65));
SELECT worldtune.add_credits(:bob, 1, repeat('p', 255), 1);
SELECT worldtune.add_credits(:bob, 1, repeat('p', 256), 1);
SELECT worldtune.add_credits(:bob, 0.000001, 'pi_least', 0.000001);
SELECT worldtune.add_credits(:bob, 0, 'pi_none', 1);
SELECT worldtune.add_credits(:bob, 1, 'pi_free', 0);
SELECT count(*) FROM worldtune.overdue_calls(1000, 3600);
SELECT count(*) FROM worldtune.overdue_calls(1001);
SELECT count(*) FROM worldtune.overdue_calls(1, 3601);
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
