-- setup() by the owner of the database and its tables who is no superuser, as Supabase's postgres.
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
CREATE ROLE regress_owner;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO regress_owner', current_database()); END $$;
GRANT CREATE ON SCHEMA public TO regress_owner;
SET LOCAL ROLE regress_owner;
CREATE TABLE users (id uuid PRIMARY KEY, email text, credit_balance numeric(10,2) DEFAULT 0);
INSERT INTO users VALUES ('00000000-0000-0000-0000-00000000000a', 'a@example.org', 5);
SELECT count(*) FILTER (WHERE action <> 'ok') > 0 AS done FROM worldtune.setup();
SELECT * FROM worldtune.setup() WHERE action <> 'ok';
SELECT tablename, tableowner FROM pg_tables WHERE tablename IN ('users', 'transactions', 'call_logs', 'credit_ledger') ORDER BY 1;
-- The operator's settings are theirs to write, the books are not.
UPDATE worldtune.settings SET low_balance = 2;
INSERT INTO worldtune.user_limits (user_id, max_concurrent_calls) VALUES ('00000000-0000-0000-0000-00000000000a', 1);
UPDATE users SET credit_balance = 6;
SELECT kind, delta, balance_after FROM credit_ledger ORDER BY id;
UPDATE credit_ledger SET delta = 0;
INSERT INTO credit_ledger (user_id, delta, balance_after, kind) VALUES ('00000000-0000-0000-0000-00000000000a', 1, 7, 'adjustment');
RESET ROLE;
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
SET LOCAL ROLE worldtune_relay;
SELECT allowed, max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT status, billed, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT * FROM worldtune.check_integrity();
SELECT count(*) FROM users;
ROLLBACK;

-- By the owner of the tables who does not own the database, of an extension that a superuser made.
BEGIN;
SET client_min_messages = error;
SELECT count(*) > 0 AS roles FROM worldtune.setup() WHERE object LIKE 'role %';
DROP EXTENSION pg_worldtune CASCADE;
DROP TABLE users, transactions, call_logs, credit_ledger;
DROP SCHEMA worldtune CASCADE;
CREATE ROLE regress_dbo;
CREATE ROLE regress_appo;
CREATE ROLE regress_stranger;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO regress_dbo', current_database()); END $$;
GRANT CREATE ON SCHEMA public TO regress_appo;
SET LOCAL ROLE regress_appo;
CREATE TABLE users (id uuid PRIMARY KEY, email text, credit_balance numeric(10,2) DEFAULT 0);
INSERT INTO users VALUES ('00000000-0000-0000-0000-00000000000a', 'a@example.org', 5);
GRANT ALL ON users TO authenticated;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
RESET ROLE;
CREATE EXTENSION pg_worldtune;
-- Neither a stranger nor the database's owner changes what is not theirs.
SET LOCAL ROLE regress_stranger;
SELECT * FROM worldtune.setup();
SET LOCAL ROLE regress_dbo;
SELECT * FROM worldtune.setup(dry_run => true);
SET LOCAL ROLE regress_appo;
SELECT count(*) FILTER (WHERE action = 'create') > 0 AS done FROM worldtune.setup();
SELECT * FROM worldtune.setup() WHERE action <> 'ok';
SELECT tablename, tableowner FROM pg_tables WHERE tablename IN ('users', 'transactions', 'call_logs', 'credit_ledger', 'ledger_details', 'carrier_charges') ORDER BY 1;
-- What setup() took from clients is remembered: a column that is added later is theirs to write again.
ALTER TABLE users ADD COLUMN nickname text;
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok';
-- The operator's settings stay the database's owner's.
SELECT count(*) FROM worldtune.settings;
SET LOCAL ROLE regress_dbo;
SELECT count(*) FROM worldtune.settings;
SELECT count(*) > 0 AS blocks FROM worldtune.destination_blocks;
-- Who restored looks whether all is there.
SELECT * FROM worldtune.check_integrity();
SELECT count(*) FROM worldtune.list_decks();
SELECT worldtune.deck_in_force();
SELECT * FROM worldtune.lookup_rate_at('+442079460958', now());
ROLLBACK;
