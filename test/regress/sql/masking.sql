-- Masking numbers for good: of calls long over, never of one in progress, and in no more memory for many rows than for few.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 100);
UPDATE worldtune.settings SET max_call_seconds = 600;
SELECT sid, (worldtune.authorize_call(:alice, '+442079460958', sid)).allowed FROM unnest(ARRAY['CA1', 'CA2', 'CA3', 'CA4']) sid;
SELECT sid, (worldtune.record_call_status(sid, status)).status FROM (VALUES ('CA2', 'in-progress'), ('CA3', 'busy'), ('CA4', 'busy')) c(sid, status);
SELECT (worldtune.authorize_call(:alice, '+999123456789')).reason;
INSERT INTO call_logs (user_id, call_sid, status, phone_number) SELECT :alice, 'CA5', 'completed', n FROM unnest(ARRAY['+442079460958', '12', 'a friend', NULL, '+44 20 79•• ••58']) n;
-- All of a hundred days ago but one.
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '100 days', authorized_at = authorized_at - interval '100 days' WHERE call_sid IS DISTINCT FROM 'CA4';
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = DEFAULT;
SELECT worldtune.anonymize_numbers('90 days');
SELECT call_sid, status, phone_number FROM call_logs ORDER BY call_sid, phone_number;
SELECT worldtune.anonymize_numbers('90 days');
-- Once they are over.
SELECT status FROM worldtune.record_call_status('CA2', 'completed', 61);
SELECT worldtune.anonymize_numbers('90 days');
SELECT phone_number, country, prefix, credits_used FROM call_logs WHERE call_sid = 'CA2';
SELECT * FROM worldtune.check_integrity();

-- What 10,000 rows take beyond the first 1,000: next to nothing.
CREATE TABLE memory (row_count int, bytes bigint);
CREATE SEQUENCE rows_seen;
CREATE FUNCTION pg_temp.measure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('public.rows_seen') % 1000 = 0 THEN
    INSERT INTO public.memory SELECT currval('public.rows_seen'), sum(used_bytes) FROM pg_catalog.pg_backend_memory_contexts;
  END IF;
  RETURN NEW;
END
$$;
INSERT INTO call_logs (user_id, call_sid, status, phone_number, created_at) SELECT :alice, 'CAx' || i, 'completed', '+4420' || 70000000 + i, now() - interval '1 year' FROM generate_series(1, 10000) i;
CREATE TRIGGER measure BEFORE UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.measure();
SELECT worldtune.anonymize_numbers('90 days');
SELECT count(*), max(bytes) - min(bytes) < 1000000 AS flat FROM memory;
ROLLBACK;
