-- What PostgreSQL runs while it plans, what a cast or a cursor brings in, and tables that change their places: all of it runs as the owner of the application's tables, or not at all.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
\set VERBOSITY terse
BEGIN;
SET client_min_messages = warning;
CREATE ROLE regress_app;
CREATE SCHEMA app AUTHORIZATION regress_app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT CREATE ON SCHEMA public TO regress_app;
GRANT EXECUTE ON FUNCTION worldtune.check_integrity() TO regress_app;
SET LOCAL ROLE regress_app;
CREATE SEQUENCE app.runs;
CREATE FUNCTION app.peek(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF current_user <> 'regress_app' THEN
    RAISE WARNING '% runs as %', place, current_user;
  ELSE
    PERFORM nextval('app.runs');
  END IF;
  RETURN true;
END $$;
-- Whether any of it ran as the owner since it was last asked.
CREATE FUNCTION app.ran() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  answer boolean := (SELECT is_called FROM app.runs);
BEGIN
  PERFORM setval('app.runs', 1, false);
  RETURN answer;
END $$;
CREATE TYPE app.status AS ENUM ('queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy', 'failed', 'no-answer', 'canceled', 'rejected');
CREATE TABLE users (id uuid PRIMARY KEY, email text, credit_balance numeric(18,6) DEFAULT 0);
CREATE TABLE call_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now(), user_id uuid, duration_minutes numeric(10,2) NOT NULL DEFAULT 0,
  credits_used numeric(10,2) NOT NULL DEFAULT 0, call_sid text, status app.status NOT NULL, phone_number text, country text, rate numeric(10,4));
RESET ROLE;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10), ('00000000-0000-0000-0000-00000000000b', 20);
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');

-- CHECK constraints are looked at when that is switched on, also of tables that were looked at before.
SET LOCAL ROLE regress_app;
ALTER TABLE call_logs ADD CONSTRAINT planted CHECK (app.peek('constraint'));
SELECT count(*) FROM worldtune.check_integrity();
SELECT app.ran() IS NOT NULL AS forgotten;
DISCARD PLANS;
SET LOCAL constraint_exclusion = on;
SELECT count(*) FROM worldtune.check_integrity();
SELECT app.ran();
SET LOCAL constraint_exclusion = partition;
ALTER TABLE call_logs DROP CONSTRAINT planted;

-- A function of a statistics object is replaced by one that is inlined.
CREATE FUNCTION app.word(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN t; END $$;
CREATE STATISTICS planted ON (app.word(email)), (lower(email)) FROM users;
SELECT count(*) FROM worldtune.check_integrity();
CREATE OR REPLACE FUNCTION app.word(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN app.peek('statistics') THEN t END $$;
SELECT app.ran() IS NOT NULL AS forgotten;
DISCARD PLANS;
SELECT count(*) FROM worldtune.check_integrity();
SELECT app.ran();
DROP STATISTICS planted;

-- A cast that is made after the table was looked at.
SET LOCAL ROLE regress_app;
SELECT count(*) FROM worldtune.check_integrity();
CREATE FUNCTION app.spell(s app.status) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM app.peek('cast'); RETURN 'completed'; END $$;
CREATE CAST (app.status AS text) WITH FUNCTION app.spell(app.status);
DISCARD PLANS;
SELECT count(*) FROM worldtune.check_integrity();
RESET ROLE;
SELECT status FROM worldtune.record_call_status('CA1', 'initiated');
SET LOCAL ROLE regress_app;
DROP CAST (app.status AS text);
DISCARD PLANS;
SELECT count(*) FROM worldtune.check_integrity();

-- What a trigger does to cursors: it closes those that it finds and may open its own under the name, or leaves one open.
CREATE FUNCTION app.meddle() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  cursor refcursor;
  name text;
  row record;
BEGIN
  IF TG_ARGV[0] = 'leave' THEN
    OPEN cursor FOR SELECT app.peek('left cursor');
  ELSIF TG_ARGV[0] = 'tidy' THEN
    OPEN cursor FOR SELECT app.peek('own cursor');
    CLOSE cursor;
    FOR row IN SELECT 'CA1' AS sid LOOP
      PERFORM worldtune.find_call('00000000-0000-0000-0000-00000000000a', row.sid);
      PERFORM worldtune.adjust_credits('00000000-0000-0000-0000-00000000000b', 1, 'within');
    END LOOP;
  ELSE
    FOREACH name IN ARRAY ARRAY(SELECT c.name FROM pg_cursors c WHERE c.statement !~ 'pg_cursors' AND c.statement ~ 'FROM (ONLY )?public' AND c.name <> '') LOOP
      cursor := name;
      IF TG_ARGV[0] = 'fetch' THEN
        FETCH cursor INTO row;
      ELSE
        CLOSE cursor;
      END IF;
      IF TG_ARGV[0] = 'replace' THEN
        OPEN cursor FOR SELECT gen_random_uuid() AS id WHERE app.peek('cursor');
        -- Our functions, called in between, must not take it for the one that stood there.
        PERFORM worldtune.adjust_credits('00000000-0000-0000-0000-00000000000b', 1, 'within');
      END IF;
    END LOOP;
  END IF;
  RETURN NEW;
END $$;
RESET ROLE;
GRANT EXECUTE ON FUNCTION worldtune.find_call, worldtune.adjust_credits TO regress_app;
CREATE FUNCTION pg_temp.meddling(way text, place text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  mine CURSOR FOR SELECT id FROM public.users ORDER BY id;
  row record;
  answer text;
BEGIN
  EXECUTE format('CREATE TRIGGER meddle AFTER UPDATE ON public.call_logs FOR EACH ROW EXECUTE FUNCTION app.meddle(%L)', way);
  IF place = 'anonymize' THEN
    answer := worldtune.anonymize_numbers('1 day') || ' masked';
  ELSIF place = 'cursor' THEN
    OPEN mine;
    FETCH mine INTO row;
    PERFORM worldtune.record_call_status('CA1', 'ringing');
    FETCH mine INTO row;
    answer := 'next is ' || right(row.id::text, 1);
  ELSE
    answer := worldtune.record_call_status('CA1', 'ringing') IS NOT NULL;
  END IF;
  RAISE SQLSTATE 'WT000';
EXCEPTION
  WHEN SQLSTATE 'WT000' THEN
    RETURN answer;
  WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
INSERT INTO call_logs (user_id, status, phone_number, created_at) SELECT :alice, 'completed', '+442079460958', now() - interval '1 year' FROM generate_series(1, 3);
SELECT way, place, pg_temp.meddling(way, place) FROM unnest(ARRAY['leave', 'tidy', 'close', 'replace', 'fetch']) WITH ORDINALITY w (way, n), unnest(ARRAY['cursor', 'anonymize', 'alone']) place ORDER BY n, place;
-- A cursor of the session.
CREATE TRIGGER meddle AFTER UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION app.meddle('replace');
DECLARE mine CURSOR FOR SELECT right(id::text, 1) AS last FROM public.users ORDER BY id;
FETCH mine;
SELECT changed FROM worldtune.record_call_status('CA1', 'ringing');
FETCH mine;
CLOSE mine;
DROP TRIGGER meddle ON call_logs;
-- More rows than are masked at once.
INSERT INTO call_logs (id, user_id, status, phone_number, created_at) SELECT lpad(n::text, 32, '0')::uuid, :alice, 'completed', '+442079460958', now() - interval '1 year' FROM generate_series(0, 2500) n;
SELECT worldtune.anonymize_numbers('1 day'), worldtune.anonymize_numbers('1 day') AS again;

-- Another table takes the place of one whose row is being written.
SET LOCAL ROLE regress_app;
CREATE FUNCTION app.swap() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  columns text;
BEGIN
  IF to_regclass(TG_TABLE_NAME || '_old') IS NULL THEN
    SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum DESC) INTO columns
      FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('ALTER TABLE %1$I RENAME TO %2$I; CREATE TABLE %1$I (%3$s); GRANT SELECT ON %1$I TO worldtune_definer', TG_TABLE_NAME, TG_TABLE_NAME || '_old', columns);
    PERFORM count(*) FROM worldtune.check_integrity();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER swap BEFORE INSERT ON credit_ledger FOR EACH ROW EXECUTE FUNCTION app.swap();
RESET ROLE;
SELECT worldtune.adjust_credits(:alice, 1, 'why');
ROLLBACK;

-- What one session leaves, the next one plans anew. Folding the one index makes PostgreSQL forget the other.
SET client_min_messages = warning;
SELECT current_database() AS here \gset
CREATE ROLE regress_app;
CREATE DATABASE regress_plans;
\c regress_plans
\set alice '''00000000-0000-0000-0000-00000000000a'''
SET client_min_messages = warning;
CREATE EXTENSION pg_worldtune;
GRANT CREATE ON SCHEMA public TO regress_app;
CREATE SCHEMA app AUTHORIZATION regress_app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
SET ROLE regress_app;
CREATE TABLE users (id uuid PRIMARY KEY, credit_balance numeric(18,6) DEFAULT 0);
RESET ROLE;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO users (id) VALUES (:alice);
SET ROLE regress_app;
CREATE FUNCTION app.peek(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE WARNING '% runs as %', place, current_user; RETURN true; END $$;
CREATE FUNCTION app.forget() RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF to_regclass('planted_2') IS NOT NULL THEN
    ALTER INDEX planted_1 RENAME TO planted_3;
    ALTER INDEX planted_3 RENAME TO planted_1;
  END IF;
END $$;
CREATE FUNCTION app.peek_and_forget(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM app.forget(); RETURN app.peek(place); END $$;
CREATE FUNCTION app.first(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT app.peek('first index') $$;
CREATE FUNCTION app.second(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT app.peek_and_forget('second index') $$;
SET client_min_messages = error;
CREATE INDEX planted_1 ON users (app.first(id::text));
CREATE INDEX planted_2 ON users (app.second(id::text));
\c
SELECT count(*) FROM worldtune.check_integrity();
\c
-- The library is loaded before the first query in PL/pgSQL.
INSERT INTO worldtune.user_limits (user_id) VALUES (:alice);
-- Where the tables belong to several roles, as one that may do nothing.
SET client_min_messages = error;
DROP INDEX planted_2;
ALTER TABLE credit_ledger OWNER TO CURRENT_USER;
\c
SELECT count(*) FROM worldtune.check_integrity();
\c :here
DROP DATABASE regress_plans;
DROP ROLE regress_app;
