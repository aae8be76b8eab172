-- Worked examples of the bill: minimum, increments, connection fee, one rounding half up to six decimals.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate,connection_fee,minimum_seconds,increment_seconds\n441,0.60,0,60,60\n442,0.60,0,30,6\n443,0.01,0,1,1\n444,0.60,0.05,60,60\n445,0.000001,0,1,1\n446,0.00001,0,1,1\n');

SELECT n.terms, s.seconds, worldtune.call_cost(n.number, s.seconds) AS cost
FROM (VALUES ('60/60', '+4410000000'), ('30/6', '+4420000000'), ('1/1 at 0.01', '+4430000000'), ('60/60 and 0.05', '+4440000000'),
             ('1/1 at 0.000001', '+4450000000'), ('1/1 at 0.00001', '+4460000000')) n(terms, number),
     (VALUES (0), (1), (3), (29), (30), (31), (36), (37), (59), (60), (61), (120), (121), (3600)) s(seconds)
ORDER BY n.number, s.seconds;

-- The longest call that a credit pays for, and that it does pay for it: 1,200 credits against each of the terms.
CREATE TEMP TABLE callers AS SELECT gen_random_uuid() AS id, n.number, b.balance
FROM unnest(ARRAY['+4410000000', '+4420000000', '+4430000000', '+4440000000', '+4450000000', '+4460000000']) n(number),
     (SELECT (i * i * 37 % 2000000) / 1000000.0 AS balance FROM generate_series(1, 200) i) b;
INSERT INTO users (id, credit_balance) SELECT id, balance FROM callers;
CREATE TEMP TABLE answers AS SELECT c.number, c.balance, a.* FROM callers c, worldtune.authorize_call(c.id, c.number) a(call_id, allowed, reason, country, iso_country, rate, max_seconds, user_balance, available, low_balance);
SELECT number, count(*) FILTER (WHERE allowed) AS allowed, count(*) FILTER (WHERE NOT allowed) AS refused, max(max_seconds) AS longest FROM answers GROUP BY number ORDER BY number;
-- Nobody was allowed more than the balance pays, nor refused what it would have paid.
SELECT count(*) AS overdrawn FROM answers WHERE allowed AND worldtune.call_cost(number, max_seconds) > balance;
SELECT count(*) AS underused FROM answers WHERE allowed AND max_seconds < 14400 AND worldtune.call_cost(number, max_seconds + 1) <= balance;
SELECT count(*) AS wrongly_refused FROM answers WHERE NOT allowed AND worldtune.call_cost(number, 1) <= balance;
SELECT count(*) AS hold_is_not_the_price FROM answers a JOIN call_logs l ON l.id = a.call_id WHERE allowed AND l.credits_held <> worldtune.call_cost(a.number, a.max_seconds);
SELECT * FROM worldtune.check_integrity();

-- The operator's longest call.
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 1000000);
SELECT max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+4410000000');
UPDATE worldtune.settings SET max_call_seconds = 100;
SELECT max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+4410000000');
SELECT max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+4420000000');
ROLLBACK;
