-- audit() names what differs from the specification and every hole; setup() mends it. Each case is planted on a database that was set up.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = error;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
CREATE SCHEMA IF NOT EXISTS auth;
GRANT USAGE ON SCHEMA auth TO authenticated;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
SELECT * FROM worldtune.audit();
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 10), ('00000000-0000-0000-0000-00000000000b', 1);

-- Guards that do not fire, or are not ours: what changed meanwhile is booked, and the chain goes on.
ALTER TABLE users DISABLE TRIGGER "00_worldtune_book";
ALTER TABLE credit_ledger ENABLE TRIGGER worldtune_append_only;
CREATE FUNCTION does_nothing() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN RETURN NEW; END $$;
DROP TRIGGER "~worldtune_guard" ON transactions;
CREATE TRIGGER "~worldtune_guard" BEFORE INSERT OR DELETE OR UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION does_nothing();
UPDATE users SET credit_balance = credit_balance + 5 WHERE id = '00000000-0000-0000-0000-00000000000a';
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000c', 3);
DELETE FROM users WHERE id = '00000000-0000-0000-0000-00000000000b';
SELECT object, state, detail FROM worldtune.audit();
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok';
SELECT right(user_id::text, 1) AS "user", kind, delta, balance_after, note FROM credit_ledger WHERE note IS NOT NULL ORDER BY id;
SELECT count(*) AS explained FROM credit_ledger l JOIN worldtune.ledger_details d ON d.entry_id = l.id WHERE l.note = 'found by setup()';
UPDATE users SET credit_balance = credit_balance + 1 WHERE id = '00000000-0000-0000-0000-00000000000a';
SELECT * FROM worldtune.check_integrity();
SELECT * FROM worldtune.audit();

-- Policies are judged by what they allow.
DROP POLICY worldtune_own_rows ON users;
DROP POLICY worldtune_own_rows_insert ON users;
DROP POLICY worldtune_own_rows_update ON users;
CREATE POLICY everybody_signed_in ON users FOR SELECT TO authenticated USING (auth.uid() IS NOT NULL);
CREATE POLICY by_role ON credit_ledger FOR SELECT TO authenticated USING (auth.jwt() ->> 'role' = 'authenticated');
CREATE POLICY change_any ON users FOR UPDATE TO authenticated USING (true);
CREATE POLICY insert_any ON call_logs FOR INSERT TO authenticated WITH CHECK (true);
CREATE POLICY own_or_old ON call_logs FOR SELECT TO authenticated USING (user_id = auth.uid() OR created_at < '2000-01-01');
CREATE POLICY all_payments ON transactions FOR ALL TO authenticated USING (auth.uid() = user_id);
CREATE POLICY pay ON transactions FOR UPDATE USING (auth.uid() = user_id);
-- These are as they should be.
CREATE POLICY own_text ON users FOR UPDATE USING ((SELECT auth.uid())::text = id::text AND email IS NOT NULL);
CREATE POLICY own_claim ON users FOR INSERT WITH CHECK (id = ((SELECT auth.jwt()) ->> 'sub')::uuid);
CREATE POLICY own_each ON credit_ledger FOR SELECT USING (user_id = auth.uid() OR user_id = (SELECT worldtune.current_user_id()));
CREATE POLICY back_office ON users FOR SELECT TO service_role USING (true);
SELECT object, state, detail, remedy FROM worldtune.audit() ORDER BY object;
SELECT object, action FROM worldtune.setup(close_holes => true) WHERE action <> 'ok' ORDER BY object;
SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' AND policyname !~ '^(own_(text|claim|each)|back_office|worldtune)' ORDER BY 1, 2;
SELECT object, state FROM worldtune.audit();

-- A right on the whole table becomes one on columns, those added later included; nobody erases a debt by deleting oneself.
GRANT ALL ON users TO authenticated;
GRANT UPDATE ON transactions TO PUBLIC;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
ALTER TABLE users ADD COLUMN phone text;
SELECT object, state, remedy FROM worldtune.audit() ORDER BY object;
SELECT object, action FROM worldtune.setup() WHERE action = 'grant';
SELECT has_column_privilege('authenticated', 'users', 'phone', 'UPDATE') AS phone, has_column_privilege('authenticated', 'users', 'credit_balance', 'UPDATE') AS balance,
  has_table_privilege('authenticated', 'users', 'DELETE') AS deletes, has_column_privilege('authenticated', 'transactions', 'booked_at', 'UPDATE') AS booked_at,
  has_column_privilege('authenticated', 'transactions', 'status', 'UPDATE') AS status;
REVOKE UPDATE ON users FROM authenticated;
SELECT count(*) AS given_back FROM worldtune.setup() WHERE action = 'grant' AND detail LIKE '%phone%';
CREATE ROLE regress_group;
GRANT regress_group TO authenticated;
ALTER ROLE authenticated INHERIT;
GRANT UPDATE ON users TO regress_group;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object LIKE '%regress_group%';
REVOKE ALL ON users FROM regress_group;

-- Tables without row-level security, functions that run as their owner, views, rules.
ALTER TABLE call_logs DISABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.bonus(who uuid) RETURNS void LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC UPDATE users SET credit_balance = credit_balance + 1 WHERE id = who; END;
REVOKE EXECUTE ON FUNCTION public.bonus FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.bonus TO anon;
CREATE VIEW everybody AS SELECT id, credit_balance FROM users;
GRANT SELECT ON everybody TO anon;
CREATE RULE quiet AS ON DELETE TO transactions DO INSTEAD NOTHING;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object ~ 'row-level|function|view|rule' ORDER BY object;
DROP FUNCTION public.bonus;
DROP VIEW everybody;
DROP RULE quiet ON transactions;
SELECT count(*) AS closed FROM worldtune.setup(close_holes => true) WHERE action = 'close';
SELECT relrowsecurity FROM pg_class WHERE oid = 'call_logs'::regclass;

-- An index that is not what its name says, balances with more decimals than ours, columns that are ours no longer.
DROP INDEX worldtune_ledger_call;
CREATE INDEX worldtune_ledger_call ON credit_ledger (call_id) WHERE kind = 'call';
ALTER TABLE users ALTER credit_balance TYPE numeric;
ALTER TABLE users DISABLE TRIGGER ALL;
UPDATE users SET credit_balance = 4.986666666666667 WHERE id = '00000000-0000-0000-0000-00000000000a';
ALTER TABLE users ENABLE TRIGGER ALL;
ALTER TABLE users ADD COLUMN credit_held numeric(18,6) NOT NULL DEFAULT 0;
COMMENT ON COLUMN users.credit_held IS 'Credits held for this user''s calls in progress: the sum of call_logs.credits_held. Written by pg_worldtune alone.';
ALTER TABLE call_logs ADD COLUMN claimed_until timestamptz, ADD COLUMN carrier_cost numeric(18,6);
COMMENT ON COLUMN call_logs.carrier_cost IS 'What the carrier charged for both legs, in US dollars; NULL until known.';
INSERT INTO call_logs (id, user_id, call_sid, status, carrier_cost) VALUES ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', 'CA1', 'completed', 0.02);
SELECT object, state, detail FROM worldtune.audit() ORDER BY 1, 2, 3;
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok';
SELECT credit_balance FROM users WHERE id = '00000000-0000-0000-0000-00000000000a';
\set VERBOSITY terse
UPDATE users SET credit_balance = 1.23456789 WHERE id = '00000000-0000-0000-0000-00000000000a';
ALTER TABLE users DISABLE TRIGGER ALL;
UPDATE users SET credit_balance = 1.23456789 WHERE id = '00000000-0000-0000-0000-00000000000a';
UPDATE users SET credit_balance = 'NaN' WHERE id = '00000000-0000-0000-0000-00000000000a';
\set VERBOSITY default
ALTER TABLE users ENABLE TRIGGER ALL;
SELECT call_id, item, sid, amount, estimated FROM worldtune.carrier_charges;
SELECT string_agg(attname, ', ') AS still_there FROM pg_attribute WHERE attrelid IN ('users'::regclass, 'call_logs'::regclass) AND attname IN ('credit_held', 'carrier_cost', 'claimed_until') AND NOT attisdropped;
SELECT * FROM worldtune.check_integrity();
SELECT object, state FROM worldtune.audit();

-- Too few decimals, or too few digits before them.
ALTER TABLE users DROP CONSTRAINT worldtune_credit_balance_decimals, ALTER credit_balance TYPE numeric(18,5);
ALTER TABLE call_logs ALTER rate TYPE numeric(9,6), ALTER credits_used TYPE numeric(24,12);
SELECT object, state, detail, remedy FROM worldtune.audit();
SELECT count(*) AS widened FROM worldtune.setup() WHERE action = 'widen';

-- A foreign key to auth.users is made with a table of ours, and named where it is missing.
CREATE TABLE auth.users (id uuid PRIMARY KEY);
SELECT object, state, remedy FROM worldtune.audit();
SELECT has_function_privilege('service_role', 'worldtune.audit()', 'EXECUTE') AS service_role, has_function_privilege('authenticated', 'worldtune.audit()', 'EXECUTE') AS authenticated;
SET LOCAL ROLE service_role;
SELECT count(*) FROM worldtune.audit();
ROLLBACK;

-- On an empty database the key is made. What cannot be set up is said before anything is done.
BEGIN;
SET client_min_messages = error;
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
SELECT object, action FROM worldtune.setup() WHERE object LIKE 'foreign%';
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'f';
INSERT INTO users (id) VALUES ('00000000-0000-0000-0000-00000000000a');
SELECT count(*) AS fillers FROM worldtune.audit();
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE ROLE regress_forced;
GRANT CREATE ON SCHEMA public TO regress_forced;
ALTER TABLE users OWNER TO regress_forced;
ALTER TABLE credit_ledger OWNER TO regress_forced;
SELECT count(*) FROM worldtune.setup();
CREATE ROLE regress_other;
GRANT CREATE ON SCHEMA public TO regress_other;
ALTER TABLE credit_ledger OWNER TO regress_other;
SELECT count(*) FROM worldtune.setup();
ALTER TABLE credit_ledger OWNER TO CURRENT_USER;
ALTER TABLE users OWNER TO CURRENT_USER;
ALTER TABLE call_logs RENAME TO call_logs_1;
CREATE TABLE call_logs (id uuid, created_at timestamptz, user_id uuid) PARTITION BY RANGE (created_at);
SELECT count(*) FROM worldtune.setup();
SELECT object, state, detail FROM worldtune.audit() WHERE object = 'table public.call_logs';
DROP TABLE call_logs;
CREATE VIEW call_logs AS SELECT * FROM call_logs_1;
SELECT count(*) FROM worldtune.setup();
DROP VIEW call_logs;
ALTER TABLE call_logs_1 RENAME TO call_logs;
DROP TABLE users;
CREATE TABLE users (id bigint PRIMARY KEY, credit_balance numeric(10,2));
SELECT count(*) FROM worldtune.setup();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM worldtune.setup();
ROLLBACK;
