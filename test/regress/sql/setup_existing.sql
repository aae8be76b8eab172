-- setup() on a database of the application as it was found, with its data and its holes.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = error;
SELECT count(*) > 0 AS roles FROM worldtune.setup() WHERE object LIKE 'role %';
DROP TABLE users, transactions, call_logs, credit_ledger;
ALTER TABLE worldtune.settings DISABLE TRIGGER guard_settings;
DELETE FROM worldtune.settings;
ALTER TABLE worldtune.settings ENABLE TRIGGER guard_settings;

-- The application's migrations.
CREATE SCHEMA IF NOT EXISTS auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
CREATE TABLE users (id uuid PRIMARY KEY REFERENCES auth.users, created_at timestamptz DEFAULT now(), email text, credit_balance numeric(10,2) DEFAULT 0, name text, avatar_url text);
CREATE TABLE transactions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now(), user_id uuid REFERENCES users, amount numeric(10,2) NOT NULL CHECK (amount > 0),
  credits_added numeric(10,2) NOT NULL CHECK (credits_added > 0), payment_intent_id text NOT NULL, status text);
CREATE TABLE call_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now(), user_id uuid REFERENCES users, duration_minutes numeric(10,2) NOT NULL,
  credits_used numeric(10,2) NOT NULL, call_sid text NOT NULL, status text NOT NULL, phone_number text, country text, rate numeric(10,4));
CREATE INDEX call_logs_call_sid_idx ON call_logs (call_sid);
GRANT ALL ON users, transactions, call_logs TO anon, authenticated, service_role;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_logs ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
GRANT USAGE ON SCHEMA auth TO authenticated;
CREATE POLICY "Users can view own profile" ON users FOR SELECT USING (auth.uid() = id);
CREATE POLICY "Users can insert own profile" ON users FOR INSERT WITH CHECK (auth.uid() = id);
CREATE POLICY "Users can update own profile" ON users FOR UPDATE USING (auth.uid() = id);
CREATE POLICY "Users can view own transactions" ON transactions FOR SELECT USING (auth.uid() = user_id);
CREATE POLICY "Users can insert own transactions" ON transactions FOR INSERT WITH CHECK (auth.uid() = user_id);
CREATE POLICY "Anyone signed in can view calls" ON call_logs FOR SELECT TO authenticated USING (true);
INSERT INTO auth.users SELECT ('00000000-0000-0000-0000-00000000000' || u)::uuid FROM unnest(ARRAY['a', 'b', 'c', 'd']) u;
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 12.34), ('00000000-0000-0000-0000-00000000000b', -0.50),
  ('00000000-0000-0000-0000-00000000000c', NULL), ('00000000-0000-0000-0000-00000000000d', 0);
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES ('00000000-0000-0000-0000-00000000000a', 20, 20, 'pi_old', 'completed'), ('00000000-0000-0000-0000-00000000000a', 20, 20, 'pi_old', 'completed');
INSERT INTO call_logs (user_id, duration_minutes, credits_used, call_sid, status, rate) VALUES ('00000000-0000-0000-0000-00000000000a', 2, 0.31, 'CAdup', 'completed', 0.1530), ('00000000-0000-0000-0000-00000000000a', 2, 0.31, 'CAdup', 'completed', 0.1530);

-- Supabase's default privileges, and a role that could write one column besides the balance.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
REVOKE UPDATE ON users FROM anon;
GRANT UPDATE (name, credit_balance) ON users TO anon;

-- What stands in the way of widening is named, in the rehearsal and in earnest, and nothing is half done.
CREATE VIEW spend AS SELECT user_id, sum(credits_used) AS spent FROM call_logs GROUP BY user_id;
CREATE POLICY "Only the rich" ON users FOR DELETE USING (credit_balance > 100);
ALTER TABLE transactions ADD COLUMN bonus numeric GENERATED ALWAYS AS (credits_added - amount) STORED;
ALTER TABLE users ADD CONSTRAINT no_debt CHECK (credit_balance >= -1);
CREATE PUBLICATION regress_debts FOR TABLE users WHERE (credit_balance < 0);
SELECT object, action, detail FROM worldtune.setup(dry_run => true) WHERE action = 'review' AND object NOT LIKE 'policy "%';
DROP PUBLICATION regress_debts;
SELECT * FROM worldtune.setup();
SELECT to_regclass('credit_ledger') IS NULL AS nothing_done;
DROP VIEW spend;
DROP POLICY "Only the rich" ON users;
ALTER TABLE transactions DROP COLUMN bonus;
ALTER TABLE users DROP CONSTRAINT no_debt;
ALTER TABLE call_logs ALTER COLUMN credits_used TYPE double precision;

-- A rehearsal tells and changes nothing.
SELECT object, action, detail FROM worldtune.setup(dry_run => true) WHERE action <> 'ok' AND object NOT LIKE 'column%' AND object NOT LIKE 'index%' AND object NOT LIKE 'trigger%';
SELECT object, action, detail FROM worldtune.setup(dry_run => true) WHERE object LIKE 'column%' AND action IN ('widen', 'alter');
SELECT to_regclass('credit_ledger') IS NULL AS untouched, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'credit_balance';

-- Done: nothing lost, today's balances opened the ledger.
SELECT count(*) FILTER (WHERE action = 'create') > 0 AS created, count(*) FILTER (WHERE action = 'add') AS added, count(*) FILTER (WHERE action = 'widen') AS widened FROM worldtune.setup();
SELECT right(id::text, 1) AS "user", credit_balance FROM users ORDER BY id;
SELECT right(user_id::text, 1) AS "user", kind, delta, balance_after, note FROM credit_ledger ORDER BY user_id;
SELECT call_sid, credits_used, rate, authorized_at FROM call_logs;
SELECT count(*) FROM transactions;
SELECT * FROM worldtune.check_integrity();
-- Clients reach neither the ledger's sequence nor more columns than they did.
SELECT has_sequence_privilege('authenticated', pg_get_serial_sequence('credit_ledger', 'id'), 'USAGE, SELECT, UPDATE') AS sequence,
  has_table_privilege('authenticated', 'credit_ledger', 'INSERT, UPDATE, DELETE') AS ledger;
SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND has_column_privilege('anon', attrelid, attnum, 'UPDATE');
-- Again: nothing left to do but what a person should look at.
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok';

-- The hole is closed; the name is still the user's to write, and old queries still run.
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';
UPDATE users SET credit_balance = 1000000 WHERE id = auth.uid();
UPDATE users SET name = 'A', avatar_url = 'x' WHERE id = auth.uid();
SELECT name, credit_balance FROM users;
-- Rows of the earlier application can be written as before, but none can pass for an authorised call.
INSERT INTO call_logs (user_id, duration_minutes, credits_used, call_sid, status) VALUES (auth.uid(), 1, 1, 'x', 'completed');
RESET ROLE;
CREATE POLICY "Users can insert own calls" ON call_logs FOR INSERT WITH CHECK (auth.uid() = user_id);
CREATE POLICY "Users can update own calls" ON call_logs FOR UPDATE USING (auth.uid() = user_id);
SET LOCAL ROLE authenticated;
INSERT INTO call_logs (user_id, duration_minutes, credits_used, call_sid, status) VALUES (auth.uid(), 1, 1, 'CAlegacy', 'completed');
INSERT INTO call_logs (user_id, duration_minutes, credits_used, call_sid, status, authorized_at, credits_held) VALUES (auth.uid(), 1, 1, 'CAforged', 'completed', now(), -1000);
RESET ROLE;
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
SELECT allowed, max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CAnew');
SET LOCAL ROLE authenticated;
UPDATE call_logs SET credits_held = 0 WHERE call_sid = 'CAnew';
UPDATE call_logs SET status = 'seen' WHERE call_sid = 'CAlegacy';
RESET ROLE;
-- The earlier application's calls are never billed, its payments never credited again, its debtors cannot call.
SELECT * FROM worldtune.record_call_status('CAdup', 'completed', 60);
SELECT worldtune.add_credits('00000000-0000-0000-0000-00000000000a', 20, 'pi_old', 20);
SELECT allowed, reason, balance FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000b', '+442079460958');

-- The other holes, when asked for.
SELECT object, action, detail FROM worldtune.setup(close_holes => true) WHERE action <> 'ok';
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000b", "role": "authenticated"}';
SELECT count(*) AS calls_of_others FROM call_logs WHERE user_id <> auth.uid();
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id) VALUES (auth.uid(), 1, 1, 'free');
RESET ROLE;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';

-- Not for everybody.
CREATE ROLE regress_stranger;
GRANT USAGE ON SCHEMA worldtune TO regress_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA worldtune, worldtune_internal TO regress_stranger;
SET LOCAL ROLE regress_stranger;
SELECT * FROM worldtune.setup();
RESET ROLE;

-- Without the extension the money and the calls stay, the calls in progress too.
SELECT count(*) AS open FROM worldtune_internal.holds;
\set VERBOSITY terse
DROP EXTENSION pg_worldtune;
\set VERBOSITY default
SET CONSTRAINTS ALL IMMEDIATE;
DROP EXTENSION pg_worldtune CASCADE;
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM call_logs) AS calls, (SELECT count(*) FROM transactions) AS transactions, (SELECT count(*) > 0 FROM credit_ledger) AS ledger,
  to_regclass('worldtune.ledger_details') IS NOT NULL AS details;
-- Back again, what happened meanwhile is booked.
UPDATE users SET credit_balance = 20 WHERE id = '00000000-0000-0000-0000-00000000000d';
CREATE EXTENSION pg_worldtune;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok' AND object NOT LIKE 'trigger%';
SELECT right(user_id::text, 1) AS "user", kind, delta, note FROM credit_ledger WHERE user_id = '00000000-0000-0000-0000-00000000000d';
SELECT count(*) AS open FROM worldtune_internal.holds;
SELECT * FROM worldtune.check_integrity();
-- The decks are gone; their ids, by which calls name them, are not given again.
SELECT deck_id > (SELECT max(deck_id) FROM call_logs) AS new_id FROM worldtune.import_rates(E'prefix,rate\n44,0.77\n33,0.77\n');
SELECT count(*) > 0 AS again FROM worldtune.setup();
SELECT deck_id - (SELECT max(id) FROM worldtune.rate_decks) AS next FROM worldtune.import_rates(E'prefix,rate\n44,0.78\n33,0.77\n');
\set VERBOSITY terse
DELETE FROM credit_ledger;
TRUNCATE worldtune.ledger_details;
ROLLBACK;
