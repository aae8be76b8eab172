-- Whatever the owner of the application's tables plants in them runs with the owner's rights alone: in setup() run by a superuser, and in every function
-- that touches the tables. peek() warns when it runs as anybody else, and tries to become a superuser.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
CREATE ROLE regress_app;
CREATE SCHEMA app AUTHORIZATION regress_app;
GRANT CREATE ON SCHEMA public TO regress_app;
SET LOCAL ROLE regress_app;
CREATE FUNCTION app.peek(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM nextval(('app.' || place)::regclass);
  IF current_user <> 'regress_app' THEN
    RAISE WARNING '% runs as %', place, current_user;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION app.peek_row(id text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT app.peek('index') $$;
CREATE FUNCTION app.rise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  attempt text;
BEGIN
  PERFORM app.peek(TG_ARGV[0]);
  FOREACH attempt IN ARRAY ARRAY['RESET ROLE', 'SET SESSION AUTHORIZATION DEFAULT', 'ALTER ROLE regress_app SUPERUSER'] LOOP
    BEGIN
      EXECUTE attempt;
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END LOOP;
  IF current_setting('app.leaves', true) = 'on' THEN
    FOREACH attempt IN ARRAY ARRAY['DECLARE left_cursor CURSOR WITH HOLD FOR SELECT app.peek(''cursor'')', 'CREATE TEMP VIEW left_view AS SELECT app.peek(''temp_view'')',
      'SET CONSTRAINTS ALL DEFERRED; INSERT INTO app.log (place) VALUES (''users'')'] LOOP
      BEGIN
        EXECUTE attempt;
        RAISE WARNING 'left behind: %', attempt;
      EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state THEN
        NULL;
      END;
    END LOOP;
  END IF;
  PERFORM app.peek(TG_ARGV[0]);
  IF TG_ARGV[0] = 'writes_another' THEN
    INSERT INTO app.log (place) VALUES (TG_RELNAME);
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
DO $$
DECLARE
  place text;
BEGIN
  FOREACH place IN ARRAY ARRAY['before_row', 'after_row', 'before_statement', 'after_statement', 'deferred', 'deferrable', 'writes_another', 'log_deferred', 'log_default',
    'domain', 'column_default', 'generated', 'constraint_check', 'index', 'cursor', 'temp_view', 'constant_index', 'constant_statistics', 'constant_check', 'policy', 'operator', 'view'] LOOP
    EXECUTE format('CREATE SEQUENCE app.%I', place);
  END LOOP;
END $$;
GRANT ALL ON ALL SEQUENCES IN SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO PUBLIC;
CREATE DOMAIN app.words AS text CHECK (app.peek('domain'));
CREATE FUNCTION app.same(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT app.peek('operator') $$;
CREATE OPERATOR public.= (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text);
CREATE TABLE app.places (name text PRIMARY KEY);
INSERT INTO app.places VALUES ('users'), ('transactions'), ('call_logs'), ('credit_ledger');
CREATE TABLE app.log (at timestamptz DEFAULT now(), place text REFERENCES app.places DEFERRABLE INITIALLY DEFERRED, planted boolean DEFAULT app.peek('log_default'));
CREATE CONSTRAINT TRIGGER log_deferred AFTER INSERT ON app.log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.rise('log_deferred');
CREATE TABLE users (id uuid PRIMARY KEY, email app.words, credit_balance numeric(10,2) DEFAULT 0);
CREATE TABLE transactions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, amount numeric(10,2), credits_added numeric(10,2), payment_intent_id text NOT NULL, status app.words);
CREATE TABLE call_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now(), user_id uuid, duration_minutes numeric(10,2) NOT NULL,
  credits_used numeric(10,2) NOT NULL, call_sid text NOT NULL, status app.words NOT NULL, phone_number app.words, country app.words, rate numeric(10,4));
INSERT INTO users VALUES ('00000000-0000-0000-0000-00000000000a', 'a', 10.5), ('00000000-0000-0000-0000-00000000000b', 'b', NULL);
CREATE FUNCTION app.plant(target text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %1$I ADD planted boolean DEFAULT app.peek(''column_default''), ADD planted_too boolean GENERATED ALWAYS AS (app.peek(''generated'')) STORED,'
    ' ADD CHECK (app.peek(''constraint_check'')); CREATE INDEX ON %1$I (app.peek_row(id::text)) WHERE app.peek_row(id::text) AND id IS NOT NULL;'
    ' CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON %1$I FOR EACH ROW EXECUTE FUNCTION app.rise(''before_row'');'
    ' CREATE TRIGGER a_after AFTER INSERT OR UPDATE OR DELETE ON %1$I FOR EACH ROW EXECUTE FUNCTION app.rise(''after_row'');'
    ' CREATE TRIGGER a_before_statement BEFORE INSERT OR UPDATE OR DELETE ON %1$I EXECUTE FUNCTION app.rise(''before_statement'');'
    ' CREATE TRIGGER a_after_statement AFTER INSERT OR UPDATE OR DELETE ON %1$I EXECUTE FUNCTION app.rise(''after_statement'');'
    ' CREATE TRIGGER writes_another AFTER INSERT OR UPDATE ON %1$I FOR EACH ROW EXECUTE FUNCTION app.rise(''writes_another'');'
    ' CREATE CONSTRAINT TRIGGER a_deferrable AFTER INSERT OR UPDATE OR DELETE ON %1$I DEFERRABLE FOR EACH ROW EXECUTE FUNCTION app.rise(''deferrable'');'
    ' CREATE CONSTRAINT TRIGGER a_deferred AFTER INSERT OR UPDATE OR DELETE ON %1$I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.rise(''deferred'')', target);
END $$;
SELECT app.plant(t) FROM unnest(ARRAY['users', 'transactions', 'call_logs']) t;
SET CONSTRAINTS ALL IMMEDIATE;
RESET ROLE;
-- What fired, and forget it.
CREATE FUNCTION fired() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  seq record;
  places text[] := '{}';
  called boolean;
BEGIN
  SET CONSTRAINTS ALL IMMEDIATE;
  FOR seq IN SELECT c.relname, c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'S' ORDER BY 1 LOOP
    EXECUTE format('SELECT is_called FROM %s', seq.name) INTO called;
    IF called THEN
      places := places || seq.relname::text;
    END IF;
    PERFORM setval(seq.name, 1, false);
  END LOOP;
  IF current_setting('app.leaves', true) = 'on' THEN
    SET CONSTRAINTS ALL DEFERRED;
  END IF;
  RETURN array_to_string(places, ' ');
END $$;
SELECT fired() IS NOT NULL AS forgotten;

SELECT count(*) FILTER (WHERE action <> 'ok') > 50 AS set_up FROM worldtune.setup();
SELECT fired();
SET LOCAL ROLE regress_app;
SELECT app.plant('credit_ledger');
RESET ROLE;
SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_app';
-- Guards off and on again: setup() writes balances and ledger rows once more, with everything planted.
SET LOCAL ROLE regress_app;
ALTER TABLE users DISABLE TRIGGER USER;
UPDATE users SET credit_balance = 11;
ALTER TABLE users ENABLE TRIGGER USER;
RESET ROLE;
SELECT fired() IS NOT NULL AS forgotten;
SELECT action, detail FROM worldtune.setup() WHERE action = 'book';
SELECT fired();
SET LOCAL ROLE regress_app;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE transactions FORCE ROW LEVEL SECURITY;
ALTER TABLE call_logs FORCE ROW LEVEL SECURITY;
ALTER TABLE credit_ledger FORCE ROW LEVEL SECURITY;
CREATE POLICY planted ON users USING (app.peek('policy')) WITH CHECK (app.peek('policy'));
CREATE POLICY planted ON transactions USING (app.peek('policy')) WITH CHECK (app.peek('policy'));
CREATE POLICY planted ON call_logs USING (app.peek('policy')) WITH CHECK (app.peek('policy'));
CREATE POLICY planted ON credit_ledger USING (app.peek('policy')) WITH CHECK (app.peek('policy'));
RESET ROLE;
SELECT fired() IS NOT NULL AS forgotten;

-- Every function that acts for others. The caller defers whatever can be deferred; triggers try to leave something behind that would run later, as the caller.
SET CONSTRAINTS ALL DEFERRED;
SET LOCAL app.leaves = 'on';
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
SELECT set_config('request.jwt.claims', '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}', true) IS NOT NULL AS signed_in;
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT fired();
SELECT status FROM worldtune.record_call_status('CA1', 'in-progress');
SELECT billed, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT fired();
SELECT differences FROM worldtune.reconcile_call('CA1', 'completed', 130, 0.02);
SELECT worldtune.record_carrier_charge('00000000-0000-0000-0000-00000000000a', 'CA1', 'recording', 'RE1', 9);
SELECT worldtune.record_recording('00000000-0000-0000-0000-00000000000a', 'CA1', 'RE1', 'completed', 61);
SELECT recording_sid FROM worldtune.find_recording('00000000-0000-0000-0000-00000000000a', 'CA1');
SELECT worldtune.record_transcript('00000000-0000-0000-0000-00000000000a', 'CA1', 'GT1', 1, 'caller', 'Hello');
SELECT worldtune.record_call_quality('00000000-0000-0000-0000-00000000000a', 'CA1', '{"rating": 5}');
SELECT finding FROM worldtune.compare_calls('2026-01-01', '2026-01-02', '[{"sid": "CA1"}]');
SELECT count(*) FROM worldtune.charges_given_up('-infinity');
SELECT worldtune.claim_dial('00000000-0000-0000-0000-00000000000a', 'CA1') AS claimed, worldtune.name_dial('00000000-0000-0000-0000-00000000000a', 'CA1', 'CA9') AS named,
  worldtune.find_dial('00000000-0000-0000-0000-00000000000a', 'CA1') AS found;
SELECT worldtune.refund_call('CA1', 0.10);
SELECT worldtune.adjust_credits('00000000-0000-0000-0000-00000000000a', 1, 'why');
SELECT worldtune.add_credits('00000000-0000-0000-0000-00000000000a', 5, 'pi_1', 5);
SELECT fired();
SELECT status AS started, set_config('regress.call', call_id::text, true) IS NOT NULL AS noted FROM worldtune.start_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'key');
SELECT status AS attached FROM worldtune.attach_call(current_setting('regress.call')::uuid, 'CA2', '00000000-0000-0000-0000-00000000000a');
SELECT status AS started, set_config('regress.call', call_id::text, true) IS NOT NULL AS noted FROM worldtune.start_call('00000000-0000-0000-0000-00000000000a', '+442079460958');
SELECT status AS abandoned FROM worldtune.abandon_call(current_setting('regress.call')::uuid, '00000000-0000-0000-0000-00000000000a');
SELECT allowed FROM worldtune.start_call('00000000-0000-0000-0000-00000000000a', '+442079460958');
UPDATE worldtune_internal.holds SET due_at = now() - interval '1 hour';
SELECT count(*) AS overdue FROM worldtune.overdue_calls();
SELECT worldtune.expire_holds();
SELECT worldtune.anonymize_numbers('-1 second'::interval * -1);
SELECT fired();
SELECT worldtune.reverse_purchase('pi_1');
SELECT count(*) AS open FROM worldtune.suspend_user('00000000-0000-0000-0000-00000000000a', 'why');
SELECT worldtune.resume_user('00000000-0000-0000-0000-00000000000a') IS NULL AS resumed;
SELECT fired();
SELECT count(*) > 0 AS seen FROM worldtune.call_history();
SELECT count(*) > 0 AS seen FROM worldtune.user_call_history('00000000-0000-0000-0000-00000000000a');
SELECT count(*) > 0 AS seen FROM worldtune.my_ledger();
SELECT count(*) > 0 AS seen FROM worldtune.user_ledger('00000000-0000-0000-0000-00000000000a');
SELECT count(*) > 0 AS seen FROM worldtune.explain_charge('CA1');
SELECT count(*) > 0 AS seen FROM worldtune.user_explain_charge('00000000-0000-0000-0000-00000000000a', 'CA1');
SELECT balance FROM worldtune.my_account();
SELECT balance FROM worldtune.user_account('00000000-0000-0000-0000-00000000000a');
SELECT allowed FROM worldtune.check_credit('+442079460958');
SELECT allowed FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', '+442079460958');
SELECT status FROM worldtune.find_call('00000000-0000-0000-0000-00000000000a', 'CA1');
SELECT count(*) FROM worldtune.calls_without_charges();
SELECT count(*) FROM worldtune.losing_calls('-infinity');
SELECT open_calls FROM worldtune.operating_figures();
SELECT count(*) FROM worldtune.user_live_snapshot('00000000-0000-0000-0000-00000000000a', 1);
SELECT worldtune.request_mute('00000000-0000-0000-0000-00000000000a', 'CA1', true, '00000000-0000-0000-0000-000000000001');
SELECT count(*) > 0 AS seen FROM worldtune.live_events('{00000000-0000-0000-0000-00000000000a}', '{1}');
SELECT count(*) FROM worldtune.check_integrity();
SELECT count(*) > 0 AS audited FROM worldtune.audit();
SELECT fired();
-- These act for others and were not called above: they do not touch the application's tables.
SELECT proname FROM pg_proc WHERE pronamespace = 'worldtune'::regnamespace AND prosecdef AND proname <> ALL (ARRAY['authorize_call', 'record_call_status', 'reconcile_call',
  'refund_call', 'adjust_credits', 'add_credits', 'reverse_purchase', 'suspend_user', 'resume_user', 'start_call', 'attach_call', 'abandon_call', 'overdue_calls', 'expire_holds', 'anonymize_numbers', 'call_history',
  'user_call_history', 'my_ledger', 'user_ledger', 'explain_charge', 'user_explain_charge', 'my_account', 'user_account', 'check_credit', 'user_check_credit', 'find_call',
  'record_carrier_charge', 'calls_without_charges', 'losing_calls', 'operating_figures', 'user_live_snapshot', 'live_events', 'request_mute', 'record_recording', 'find_recording', 'record_transcript', 'record_call_quality', 'compare_calls', 'charges_given_up', 'claim_dial', 'name_dial', 'find_dial', 'check_integrity', 'audit', 'setup']) ORDER BY 1;
-- What the planner runs.
SET LOCAL ROLE regress_app;
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE transactions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE call_logs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE credit_ledger NO FORCE ROW LEVEL SECURITY;
CREATE INDEX planted ON call_logs (status) WHERE app.peek('constant_index');
RESET ROLE;
SELECT fired() IS NOT NULL AS forgotten;
\set VERBOSITY terse
SELECT count(*) FROM worldtune.check_integrity();
SELECT count(*) FROM worldtune.call_history();
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA9');
SELECT count(*) > 0 AS audited FROM worldtune.audit();
SELECT fired();
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
DROP INDEX planted;
SET LOCAL ROLE regress_app;
CREATE INDEX planted ON call_logs (status) WHERE app.peek_row(id::text);
RESET ROLE;
SELECT fired() IS NOT NULL AS forgotten;
SELECT count(*) FROM worldtune.check_integrity();
DROP INDEX planted;
SET LOCAL ROLE regress_app;
CREATE STATISTICS planted ON (app.peek('constant_statistics')), status FROM call_logs;
RESET ROLE;
SELECT fired() IS NOT NULL AS forgotten;
SELECT count(*) FROM worldtune.check_integrity();
DROP STATISTICS planted;
SET LOCAL constraint_exclusion = on;
SELECT count(*) FROM worldtune.check_integrity();
SET LOCAL constraint_exclusion = partition;
SELECT fired();
\set VERBOSITY default
-- A view in place of a table: nothing of it runs.
SET LOCAL ROLE regress_app;
ALTER TABLE call_logs RENAME TO call_logs_1;
CREATE VIEW call_logs AS SELECT * FROM call_logs_1 WHERE app.peek('view');
RESET ROLE;
SELECT fired() IS NOT NULL AS forgotten;
\set VERBOSITY terse
SELECT count(*) FROM worldtune.call_history();
SELECT count(*) FROM worldtune.explain_charge('CA1');
SELECT count(*) FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT count(*) FROM worldtune.check_integrity();
SELECT count(*) FROM worldtune.setup();
SELECT count(*) > 0 AS audited FROM worldtune.audit();
SELECT fired();
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_app';
ROLLBACK;
