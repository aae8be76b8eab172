-- Who made an entry is who called our function, whatever code of the application says within.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10);
CREATE FUNCTION pg_temp.forge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('request.jwt.claims', '{"sub": "00000000-0000-0000-0000-0000000000ff"}', true);
  RETURN NEW;
END
$$;
CREATE TRIGGER forge BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION pg_temp.forge();
CREATE TRIGGER forge BEFORE INSERT OR UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.forge();
CREATE TRIGGER forge BEFORE INSERT OR UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION pg_temp.forge();
CREATE FUNCTION pg_temp.as_support() RETURNS void LANGUAGE sql AS $$ SELECT set_config('request.jwt.claims', '{"sub": "00000000-0000-0000-0000-00000000005e"}', true) $$;
SELECT pg_temp.as_support();
SELECT worldtune.add_credits(:alice, 5, 'pi_1', 5);
SELECT pg_temp.as_support();
SELECT worldtune.reverse_purchase('pi_1', 'charged back');
SELECT pg_temp.as_support();
SELECT worldtune.adjust_credits(:alice, 1, 'sorry');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT pg_temp.as_support();
SELECT credits_used FROM worldtune.record_call_status('CA1', 'completed', 130);
SELECT pg_temp.as_support();
SELECT worldtune.refund_call('CA1', 0.5, 'bad line');
SELECT l.kind, d.jwt_subject FROM credit_ledger l LEFT JOIN worldtune.ledger_details d ON d.entry_id = l.id ORDER BY l.id;
ROLLBACK;
