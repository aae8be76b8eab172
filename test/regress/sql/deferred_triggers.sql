-- The application's deferred triggers run as their table's owner too, with the row, whoever asked for it.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 5);
CREATE ROLE regress_owner;
GRANT CREATE, USAGE ON SCHEMA public TO regress_owner;
ALTER TABLE users OWNER TO regress_owner;
ALTER TABLE transactions OWNER TO regress_owner;
ALTER TABLE call_logs OWNER TO regress_owner;
ALTER TABLE credit_ledger OWNER TO regress_owner;
GRANT USAGE ON SCHEMA worldtune_internal TO regress_owner;
SET LOCAL ROLE regress_owner;
CREATE TABLE seen (id int GENERATED ALWAYS AS IDENTITY, on_table text, event text, by_user text, may_set_role boolean);
CREATE FUNCTION note_event() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  BEGIN
    SET LOCAL ROLE worldtune_definer;
    INSERT INTO seen (on_table, event, by_user, may_set_role) VALUES (TG_TABLE_NAME, TG_OP, current_user, true);
  EXCEPTION WHEN insufficient_privilege THEN
    INSERT INTO seen (on_table, event, by_user, may_set_role) VALUES (TG_TABLE_NAME, TG_OP, current_user, false);
  END;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_event();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON transactions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_event();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON call_logs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_event();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON credit_ledger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_event();
RESET ROLE;
-- By each of the functions that write, as the role of the API; nothing is left for the end of the transaction.
SET LOCAL ROLE service_role;
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 10);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT worldtune.refund_call('CA1', 0.5, 'bad line');
SELECT worldtune.reverse_purchase('pi_1');
SELECT call_id AS call FROM worldtune.start_call(:alice, '+442079460958') \gset
SELECT status FROM worldtune.abandon_call(:'call', :alice, 'no');
SELECT masked FROM worldtune.anonymize_numbers('0 days') AS masked;
RESET ROLE;
SELECT on_table, event, by_user, may_set_role, count(*) FROM seen GROUP BY 1, 2, 3, 4 ORDER BY 1, 2;
DELETE FROM seen;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT count(*) AS left_over FROM seen;
SELECT * FROM worldtune.check_integrity();
-- PostgreSQL sets constraints by name: one of the same name that is somebody else's must not fire as this owner, so nothing of that name is fired early.
CREATE ROLE regress_other;
GRANT CREATE ON SCHEMA public TO regress_other;
GRANT INSERT ON seen TO PUBLIC;
SET LOCAL ROLE regress_other;
CREATE TABLE elsewhere (id int);
GRANT INSERT ON elsewhere TO PUBLIC;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON elsewhere DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_event();
RESET ROLE;
SET CONSTRAINTS ALL DEFERRED;
SET LOCAL ROLE service_role;
INSERT INTO elsewhere VALUES (1);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
RESET ROLE;
SELECT count(*) AS fired FROM seen;
-- With names of their own each fires as its owner; a schema that gets another name changes nothing.
DELETE FROM elsewhere;
SET CONSTRAINTS ALL IMMEDIATE;
RESET ROLE;
ALTER TABLE elsewhere RENAME CONSTRAINT late TO later;
SET CONSTRAINTS ALL DEFERRED;
CREATE SCHEMA regress_logs AUTHORIZATION regress_owner;
CREATE TABLE regress_logs.log (at timestamptz);
ALTER TABLE regress_logs.log OWNER TO regress_owner;
SET LOCAL ROLE regress_owner;
CREATE CONSTRAINT TRIGGER log_late AFTER INSERT ON regress_logs.log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_event();
RESET ROLE;
SET LOCAL ROLE service_role;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
RESET ROLE;
ALTER SCHEMA regress_logs RENAME TO regress_journal;
SET LOCAL ROLE service_role;
SELECT billed FROM worldtune.record_call_status('CA2', 'completed', 61);
RESET ROLE;
SELECT DISTINCT on_table, by_user FROM seen WHERE on_table <> 'elsewhere' ORDER BY 1;
-- What the caller put off waits for the caller: on another table of the owner's it must neither get the owner's rights nor act between our reading and writing.
SET LOCAL ROLE regress_owner;
CREATE TABLE profiles (id int PRIMARY KEY);
GRANT ALL ON profiles TO regress_other;
RESET ROLE;
GRANT service_role TO regress_other;
SET LOCAL ROLE regress_other;
CREATE FUNCTION spend() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE WARNING 'spend() runs as %', current_user;
  PERFORM allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA4');
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER spending AFTER INSERT ON profiles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spend();
INSERT INTO profiles VALUES (1);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SET CONSTRAINTS ALL IMMEDIATE;
RESET ROLE;
SELECT call_sid, max_seconds FROM call_logs WHERE call_sid IN ('CA3', 'CA4') ORDER BY id;
SELECT * FROM worldtune.check_integrity();
-- Nor does anybody stop the calls by a constraint of their own, in a schema that the owner cannot use.
CREATE SCHEMA regress_hidden AUTHORIZATION regress_other;
SET LOCAL ROLE regress_other;
CREATE TABLE regress_hidden.t (id int CONSTRAINT hidden REFERENCES public.profiles DEFERRABLE);
RESET ROLE;
SELECT billed FROM worldtune.record_call_status('CA3', 'completed', 61);
ROLLBACK;
