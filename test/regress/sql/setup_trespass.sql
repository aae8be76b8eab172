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
ALTER FUNCTION by_bob() OWNER TO regress_bob;
DO $$
DECLARE
  routine text;
BEGIN
  FOREACH routine IN ARRAY ARRAY['by_bob', 'unqualified', 'temporary_first', 'qualified'] LOOP
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
