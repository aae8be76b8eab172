-- One call that cannot be expired does not keep the others' holds; what ends the whole transaction, a cancel or a serialisation failure, is passed on.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, 2 FROM generate_series(1, 3) i;
SELECT count(*) AS placed FROM generate_series(1, 3) i, worldtune.start_call(('00000000-0000-0000-0000-00000000000' || i)::uuid, '+442079460958', 'key' || i);
UPDATE worldtune_internal.holds SET due_at = now() - interval '1 day';
CREATE FUNCTION public.obstacle() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.idempotency_key = 'key2' THEN
    CASE TG_ARGV[0] WHEN 'sleep' THEN PERFORM pg_sleep(60); ELSE RAISE EXCEPTION 'by the test' USING ERRCODE = TG_ARGV[0]; END CASE;
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION pg_temp.held() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM worldtune_internal.holds $$;

SAVEPOINT one;
CREATE TRIGGER obstacle AFTER UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION public.obstacle('check_violation');
\set VERBOSITY sqlstate
SELECT worldtune.expire_holds();
\set VERBOSITY terse
SELECT pg_temp.held();
ROLLBACK TO SAVEPOINT one;

CREATE TRIGGER obstacle AFTER UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION public.obstacle('sleep');
SET LOCAL statement_timeout = '500ms';
SELECT worldtune.expire_holds();
SET LOCAL statement_timeout = 0;
SELECT pg_temp.held();
ROLLBACK TO SAVEPOINT one;

CREATE TRIGGER obstacle AFTER UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION public.obstacle('serialization_failure');
SELECT worldtune.expire_holds();
SELECT pg_temp.held();
ROLLBACK TO SAVEPOINT one;

CREATE TRIGGER obstacle AFTER UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION public.obstacle('deadlock_detected');
SELECT worldtune.expire_holds();
SELECT pg_temp.held();
ROLLBACK TO SAVEPOINT one;

SELECT worldtune.expire_holds();
SELECT pg_temp.held();
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
