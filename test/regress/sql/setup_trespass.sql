-- What others could plant where the owner of the tables, worldtune_definer or a superuser would run it: setup() closes it or never runs it, audit() says so.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
CREATE ROLE regress_app;
CREATE ROLE regress_bob;
CREATE ROLE regress_carl;
GRANT CREATE ON SCHEMA public TO regress_app;
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
SET LOCAL ROLE regress_app;
CREATE FUNCTION tell(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF current_user <> 'regress_app' THEN
    RAISE WARNING '% runs as %', place, current_user;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION told(word text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN public.tell('statistics') THEN word END $$;
CREATE TABLE users (id uuid PRIMARY KEY, email text, credit_balance numeric(18,6) DEFAULT 0);
GRANT ALL ON users TO service_role;
GRANT TRIGGER ON users TO regress_bob WITH GRANT OPTION;
CREATE STATISTICS planted ON (told(email)), (lower(email)) FROM users;
RESET ROLE;
SET LOCAL ROLE regress_bob;
GRANT TRIGGER ON users TO regress_carl;
RESET ROLE;

-- By a superuser, on a new project of Supabase: the key to auth.users is looked at with the owner's rights, and nobody else keeps TRIGGER.
SELECT object, action, detail FROM worldtune.setup() WHERE object ~ 'TRIGGER|foreign key';
SELECT convalidated FROM pg_constraint WHERE conrelid = 'users'::regclass AND confrelid = 'auth.users'::regclass;
SELECT r.role, has_table_privilege(r.role, 'users', 'TRIGGER') AS may FROM unnest(ARRAY['service_role', 'regress_bob', 'regress_carl']) r(role);
DROP STATISTICS planted;
GRANT TRIGGER ON call_logs TO regress_bob;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object ~ 'TRIGGER';
REVOKE TRIGGER ON call_logs FROM regress_bob;

-- A trigger of the owner's whose function is another's, or finds the caller's temporary tables first.
CREATE FUNCTION by_bob() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION unqualified() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION temporary_first() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_temp, auth, public AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION qualified() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN RETURN NEW; END $$;
-- Its path can say what it likes: PostgreSQL takes whatever has no blank or comma for a schema's name.
DO $$ BEGIN PERFORM set_config('search_path', 'auth,"$user",public;ALTER/**/ROLE/**/regress_bob/**/SUPERUSER--', true); CREATE FUNCTION public.spoken() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS 'BEGIN RETURN NEW; END'; END $$;
SET LOCAL search_path = DEFAULT;
ALTER FUNCTION by_bob() OWNER TO regress_bob;
DO $$
DECLARE
  routine text;
BEGIN
  FOREACH routine IN ARRAY ARRAY['by_bob', 'unqualified', 'temporary_first', 'qualified', 'spoken'] LOOP
    EXECUTE format('CREATE TRIGGER %1$I AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION %1$I()', routine);
  END LOOP;
END $$;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object LIKE 'trigger%';
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT remedy FROM worldtune.audit() WHERE object LIKE 'trigger%' LOOP
    EXECUTE found.remedy;
  END LOOP;
END $$;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object LIKE 'trigger%';

-- Nobody keeps setup() and the decks from their turn with a lock that SQL gives to everybody.
SELECT objsubid > 2 AS is_private FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND mode = 'ExclusiveLock';
SELECT has_function_privilege('anon', 'worldtune_internal.take_turn(text)', 'EXECUTE') AS anon_may;

-- How the session writes names is no difference.
SET LOCAL quote_all_identifiers = on;
SELECT object, state, detail FROM worldtune.audit() WHERE object !~ 'service_role';
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok' AND object !~ 'service_role';
ROLLBACK;
-- Nor is how it reads strings, when it reads these functions for the first time.
\c -
\set QUIET on
SET client_min_messages = warning;
SET escape_string_warning = off;
SET standard_conforming_strings = off;
BEGIN;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT object, state, detail FROM worldtune.audit();
ROLLBACK;
RESET standard_conforming_strings;

-- Superusers call functions of these roles: should one of them come to run somebody's code, the functions stay as they are.
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SET LOCAL ROLE worldtune_definer;
ALTER FUNCTION worldtune.list_decks() SECURITY INVOKER SET search_path = pg_temp;
ALTER ROUTINE worldtune.list_decks() SECURITY INVOKER;
CREATE OR REPLACE FUNCTION worldtune.list_decks() RETURNS SETOF worldtune.deck_summary LANGUAGE sql AS 'SELECT NULL';
SET LOCAL ROLE worldtune_keeper;
ALTER FUNCTION worldtune_internal.setup_own_table(text, boolean) SECURITY INVOKER;
CREATE FUNCTION worldtune.setup() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
ALTER EVENT TRIGGER worldtune_functions DISABLE;
SELECT object, state, remedy FROM worldtune.audit();
ROLLBACK;

-- Tables of ours that outlive the extension carry nobody's code: setup() does not begin before it is gone.
BEGIN;
SET client_min_messages = warning;
CREATE ROLE regress_bob;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
CREATE SCHEMA planted;
CREATE FUNCTION planted.row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION planted.word(uuid) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN NULL; END $$;
CREATE DOMAIN planted.text AS text CHECK (planted.word(NULL) IS NULL);
CREATE TRIGGER "00_a" AFTER INSERT ON worldtune.ledger_details FOR EACH ROW EXECUTE FUNCTION planted.row();
ALTER TABLE worldtune.ledger_details ADD planted text DEFAULT planted.word(NULL), ALTER remark SET DEFAULT planted.word(NULL), ALTER remark TYPE planted.text,
  ADD CONSTRAINT planted_check CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL), ADD CONSTRAINT planted_key FOREIGN KEY (entry_id) REFERENCES public.credit_ledger;
CREATE INDEX planted_index ON worldtune.ledger_details (planted.word(user_id));
CREATE INDEX plain_index ON worldtune.ledger_details (role);
CREATE STATISTICS planted_statistics ON user_id, role FROM worldtune.ledger_details;
CREATE POLICY planted_policy ON worldtune.carrier_charges USING (planted.word(call_id) IS NULL);
CREATE RULE planted_rule AS ON DELETE TO worldtune.carrier_charges DO ALSO SELECT planted.word(NULL);
CREATE TABLE planted.charges () INHERITS (worldtune.carrier_charges);
CREATE FUNCTION worldtune.setup() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE worldtune.planted (id integer);
GRANT INSERT ON worldtune.carrier_charges TO regress_bob;
GRANT CREATE ON SCHEMA worldtune TO worldtune_definer;
SELECT object, state, detail, remedy FROM worldtune.audit();
SELECT count(*) FROM worldtune.setup(dry_run => false);
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT remedy FROM worldtune.audit() WHERE remedy NOT LIKE 'SELECT%' LOOP
    EXECUTE found.remedy;
  END LOOP;
END $$;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
SELECT object, state, detail, remedy FROM worldtune.audit();
ALTER TABLE worldtune.carrier_charges OWNER TO regress_bob;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
ALTER TABLE worldtune.carrier_charges OWNER TO worldtune_definer;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
ROLLBACK;

-- The database's owner, who restores a dump, puts rows into them and nothing else.
BEGIN;
SET client_min_messages = warning;
CREATE ROLE regress_dbo;
DROP EXTENSION pg_worldtune CASCADE;
DROP SCHEMA worldtune CASCADE;
CREATE EXTENSION pg_worldtune;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO regress_dbo', current_database()); END $$;
SELECT worldtune.prepare_restore();
SELECT tablename, tableowner FROM pg_tables WHERE tablename IN ('ledger_details', 'carrier_charges') ORDER BY 1;
CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
SET LOCAL ROLE regress_dbo;
INSERT INTO worldtune.ledger_details (entry_id, user_id, role, session_role) VALUES (1, '00000000-0000-0000-0000-00000000000a', 'a', 'b');
CREATE TRIGGER planted AFTER INSERT ON worldtune.ledger_details FOR EACH ROW EXECUTE FUNCTION planted();
CREATE FUNCTION worldtune.setup() RETURNS integer LANGUAGE sql AS 'SELECT 1';
SELECT worldtune.prepare_restore();
RESET ROLE;
SELECT object, action FROM worldtune.setup() WHERE object ~ 'INSERT|owner';
SELECT has_table_privilege('regress_dbo', 'worldtune.ledger_details', 'INSERT') AS may_insert;
ROLLBACK;
