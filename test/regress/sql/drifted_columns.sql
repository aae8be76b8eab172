-- Columns and tables that somebody altered: no money is lost in silence, nothing is taken for what it is not.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate,minimum_seconds,increment_seconds\n44,0.0136,1,1\n33,0.60,60,60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 5);
CREATE FUNCTION pg_temp.sqlstate(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN 'done';
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ': ' || sqlerrm;
END
$$;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
-- A balance, a price or an entry that cannot be held as it is: the whole event waits for the column to be mended.
SELECT t.type, pg_temp.sqlstate(format('ALTER TABLE %s ALTER %I TYPE %s', t.name, t.col, t.type)) AS altered,
  pg_temp.sqlstate('SELECT worldtune.record_call_status(''CA1'', ''completed'', 18)') AS billing,
  pg_temp.sqlstate(format('ALTER TABLE %s ALTER %I TYPE numeric(18,6)', t.name, t.col)) AS mended
FROM (VALUES ('users', 'credit_balance', 'numeric(10,2)'), ('users', 'credit_balance', 'integer'), ('users', 'credit_balance', 'money'),
  ('credit_ledger', 'delta', 'numeric(10,2)'), ('credit_ledger', 'balance_after', 'numeric(12,3)'), ('call_logs', 'credits_used', 'numeric(10,2)'),
  ('call_logs', 'credits_used', 'bigint')) AS t(name, col, type);
SELECT status, credits_used, credits_held FROM call_logs WHERE call_sid = 'CA1';
SELECT credit_balance FROM users;
-- What a narrower column holds whole it holds: minutes have two decimals anyway.
ALTER TABLE users ALTER credit_balance TYPE numeric(12,5);
SELECT billed, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 75);
SELECT pg_temp.sqlstate('SELECT worldtune.add_credits(' || quote_literal(:alice) || ', 1.000001, ''pi_1'', 1)');
ALTER TABLE users ALTER credit_balance TYPE numeric(18,6);
SELECT allowed FROM worldtune.authorize_call(:alice, '+33123456789', 'CA2');
ALTER TABLE call_logs ALTER duration_minutes TYPE numeric(10,2);
SELECT billed_seconds, duration_minutes FROM call_logs WHERE call_sid = 'CA1';
SELECT billed, balance FROM worldtune.record_call_status('CA2', 'completed', 61);
ALTER TABLE call_logs ALTER rate TYPE numeric(10,3);
SELECT pg_temp.sqlstate('SELECT worldtune.authorize_call(' || quote_literal(:alice) || ', ''+442079460958'', ''CA3'')');
ALTER TABLE call_logs ALTER rate TYPE numeric(18,6);

-- What the invariants cannot compare is named with what to do, and calls go on.
SELECT t.type, pg_temp.sqlstate(format('ALTER TABLE %s ALTER %I TYPE %s', t.name, t.col, t.type)) AS altered, pg_temp.sqlstate('SELECT count(*) FROM worldtune.check_integrity()') AS checking,
  pg_temp.sqlstate('SELECT worldtune.authorize_call(' || quote_literal(:alice) || ', ''+442079460958'', ''CA' || t.col || ''')') AS calling,
  pg_temp.sqlstate(format('ALTER TABLE %s ALTER %I TYPE %s USING %2$I::%3$s', t.name, t.col, t.back)) AS mended
FROM (VALUES ('call_logs', 'deck_id', 'text', 'bigint'), ('call_logs', 'credits_refunded', 'money', 'numeric(18,6)'), ('call_logs', 'prefix', 'varchar(20)', 'text'),
  ('call_logs', 'duration_seconds', 'bigint', 'integer'), ('call_logs', 'ended_at', 'timestamp', 'timestamptz')) AS t(name, col, type, back);
-- The guards know their own tables: on any other they are refused instead of reading its columns as theirs.
CREATE TABLE counters (id bigint PRIMARY KEY, credit_balance numeric DEFAULT 0, authorized_at timestamptz, booked_at timestamptz);
SELECT f.name, pg_temp.sqlstate(format('CREATE TRIGGER t %s INSERT OR UPDATE OR DELETE ON counters FOR EACH ROW EXECUTE FUNCTION worldtune_internal.%s()', f.time, f.name)) AS created,
  pg_temp.sqlstate('INSERT INTO counters VALUES (1, 5)') AS inserted, pg_temp.sqlstate('DROP TRIGGER t ON counters') AS dropped
FROM (VALUES ('BEFORE', 'guard_users'), ('AFTER', 'book_users'), ('BEFORE', 'guard_calls'), ('BEFORE', 'guard_transactions'), ('BEFORE', 'guard_ledger')) f(time, name);
INSERT INTO counters VALUES (1, 5);
CREATE TRIGGER t AFTER UPDATE OR DELETE ON counters FOR EACH ROW EXECUTE FUNCTION worldtune_internal.book_users();
SELECT pg_temp.sqlstate('UPDATE counters SET credit_balance = 7'), pg_temp.sqlstate('DELETE FROM counters');
DROP TRIGGER t ON counters;
CREATE TRIGGER t AFTER UPDATE ON counters EXECUTE FUNCTION worldtune_internal.book_users();
SELECT pg_temp.sqlstate('UPDATE counters SET credit_balance = 7');
-- On a table that inherits from ours, too.
CREATE TABLE more_users () INHERITS (users);
CREATE TRIGGER t AFTER INSERT ON more_users FOR EACH ROW EXECUTE FUNCTION worldtune_internal.book_users();
SELECT pg_temp.sqlstate('INSERT INTO more_users (id, credit_balance) VALUES (gen_random_uuid(), 5)');
DROP TABLE more_users;
-- Ids that are no uuids any more are not read as such.
SELECT format('DROP POLICY %I ON users', polname) FROM pg_policy WHERE polrelid = 'users'::regclass ORDER BY polname \gexec
ALTER TABLE users ALTER id DROP DEFAULT, ALTER id TYPE text;
SELECT command, pg_temp.sqlstate(command) FROM unnest(ARRAY['INSERT INTO users (id, credit_balance) VALUES (''0123456789abcdefghij'', 5)', 'UPDATE users SET credit_balance = 7', 'DELETE FROM users']) command;
SELECT pg_temp.sqlstate('SELECT worldtune.add_credits(' || quote_literal(:alice) || ', 1, ''pi_1'', 1)');
SELECT count(*), count(DISTINCT user_id) FROM credit_ledger;
ROLLBACK;
