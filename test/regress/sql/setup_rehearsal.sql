-- What setup(dry_run => true) tells is what setup() then does, row for row, and it leaves nothing behind.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
SET client_min_messages = error;
CREATE FUNCTION pg_temp.compare(OUT rows_told_only bigint, OUT rows_done_only bigint, OUT much boolean) LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE told ON COMMIT DROP AS SELECT row_number() OVER () AS n, s.* FROM worldtune.setup(dry_run => true) s;
  CREATE TEMP TABLE done ON COMMIT DROP AS SELECT row_number() OVER () AS n, s.* FROM worldtune.setup() s;
  SELECT (SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM done) x), (SELECT count(*) FROM (SELECT * FROM done EXCEPT SELECT * FROM told) x),
    (SELECT count(*) > 30 FROM done WHERE action NOT IN ('ok', 'review'))
  INTO rows_told_only, rows_done_only, much;
END
$$;

-- A database with nothing in it but the extension.
BEGIN;
SELECT count(*) > 0 AS roles FROM worldtune.setup() WHERE object LIKE 'role %';
DROP EXTENSION pg_worldtune CASCADE;
DROP TABLE users, transactions, call_logs, credit_ledger;
DROP SCHEMA worldtune CASCADE;
CREATE EXTENSION pg_worldtune;
-- What audit() finds can be closed by what it says, and each row says something.
SELECT object, state, remedy FROM worldtune.audit() WHERE object ~ 'worldtune.(ledger_details|carrier_charges)' OR remedy IS NULL ORDER BY 1;
SELECT count(*) > 0 AS told FROM worldtune.setup(dry_run => true);
SELECT relname FROM pg_class WHERE relname IN ('users', 'transactions', 'call_logs', 'credit_ledger', 'ledger_details', 'carrier_charges');
SELECT count(*) AS settings FROM worldtune.settings;
SELECT * FROM pg_temp.compare();
-- Of ours, what is out of order has setup() for its remedy, too.
ALTER TABLE worldtune.ledger_details DISABLE TRIGGER worldtune_append_only;
SELECT object, state, remedy FROM worldtune.audit();
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok';
SELECT count(*) AS left FROM worldtune.audit();
ROLLBACK;

-- The application as it was found, with rows and with rights that are taken back.
BEGIN;
SELECT count(*) > 0 AS roles FROM worldtune.setup() WHERE object LIKE 'role %';
DROP EXTENSION pg_worldtune CASCADE;
DROP TABLE users, transactions, call_logs, credit_ledger;
DROP SCHEMA worldtune CASCADE;
CREATE TABLE users (id uuid PRIMARY KEY, created_at timestamptz DEFAULT now(), email text, credit_balance numeric(10,2) DEFAULT 0, name text, avatar_url text);
CREATE TABLE transactions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now(), user_id uuid REFERENCES users, amount numeric(10,2) NOT NULL CHECK (amount > 0),
  credits_added numeric(10,2) NOT NULL CHECK (credits_added > 0), payment_intent_id text NOT NULL, status text);
CREATE TABLE call_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now(), user_id uuid REFERENCES users, duration_minutes numeric(10,2) NOT NULL,
  credits_used numeric(10,2) NOT NULL, call_sid text NOT NULL, status text NOT NULL, phone_number text, country text, rate numeric(10,4));
GRANT ALL ON users, transactions, call_logs TO anon, authenticated, service_role;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Anyone can view" ON users FOR SELECT USING (true);
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 12.34), ('00000000-0000-0000-0000-00000000000b', NULL);
CREATE EXTENSION pg_worldtune;
SELECT count(*) > 0 AS told FROM worldtune.setup(dry_run => true);
SELECT credit_balance FROM users ORDER BY id;
SELECT * FROM pg_temp.compare();
ROLLBACK;

-- Before an obstacle it is named, and what differs so far, however little can be read.
BEGIN;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
CREATE FUNCTION pg_temp.rehearsed() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('setup: %s %s', object, detail) FROM worldtune.setup(dry_run => true) WHERE action = 'review' AND object ~ 'public.users'
UNION ALL
  SELECT format('audit: %s %s', object, remedy) FROM worldtune.audit() WHERE state = 'review' AND object ~ 'public.users|rows'
$$;
CREATE ROLE regress_tables_owner;
GRANT CREATE ON SCHEMA public TO regress_tables_owner;
SAVEPOINT whole;
ALTER TABLE users OWNER TO regress_tables_owner;
ALTER TABLE credit_ledger OWNER TO regress_tables_owner;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
SELECT pg_temp.rehearsed();
ROLLBACK TO SAVEPOINT whole;
DROP POLICY worldtune_own_rows ON users; DROP POLICY worldtune_own_rows_insert ON users; DROP POLICY worldtune_own_rows_update ON users;
ALTER TABLE users ALTER id DROP DEFAULT, ALTER id TYPE text;
SELECT pg_temp.rehearsed();
ROLLBACK TO SAVEPOINT whole;
DROP TRIGGER "00_worldtune_book" ON users;
ALTER TABLE users ALTER credit_balance DROP DEFAULT, ALTER credit_balance TYPE text;
SELECT pg_temp.rehearsed();
SELECT count(*) FROM worldtune.setup();
ALTER TABLE users ALTER credit_balance TYPE integer USING credit_balance::integer;
SELECT object, action, detail FROM worldtune.setup() WHERE object ~ 'credit_balance' AND action = 'widen';
ROLLBACK;
