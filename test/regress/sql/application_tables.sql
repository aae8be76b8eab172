-- The tables belong to the application: other columns in another order, its own types, defaults, triggers and constraints. Our functions write them
-- without queries, and everything that a query would have honoured is honoured.
\set ON_ERROR_ROLLBACK on
\set QUIET on
SET client_min_messages = warning;
SET timezone = 'UTC';
BEGIN;
CREATE SEQUENCE calls_so_far;
CREATE TABLE public.users (
  nickname text DEFAULT 'caller',
  dropped text,
  credit_balance numeric(10,2) DEFAULT 0,
  id uuid PRIMARY KEY,
  updated_at timestamptz
);
ALTER TABLE public.users DROP COLUMN dropped;
CREATE TABLE public.call_logs (
  status varchar(20) NOT NULL,
  number_in_sequence bigint NOT NULL DEFAULT nextval('calls_so_far'),
  source text NOT NULL DEFAULT 'web',
  labels text[] DEFAULT ARRAY['new', lower('CALL')],
  nothing text DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT now(),
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES public.users,
  credits_used numeric(10,2) NOT NULL,
  duration_minutes numeric(10,2) NOT NULL,
  billed_hundredths bigint GENERATED ALWAYS AS (duration_minutes * 100) STORED,
  call_sid varchar(64) NOT NULL,
  phone_number varchar(20) CONSTRAINT no_ghana CHECK (phone_number NOT LIKE '+233%'),
  country text,
  rate numeric(10,4)
);
SELECT count(*) > 0 AS set_up FROM worldtune.setup(close_holes => true);
SELECT rates FROM worldtune.import_rates(E'prefix,country,rate\n44,United Kingdom,0.60\n233,Ghana,0.5\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10);

-- The application's triggers: before and after each row, of some columns only, after the statement with all of its rows.
CREATE TABLE public.seen (id serial, what text);
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := '2026-01-01'; RETURN NEW; END $$;
CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.seen (what) VALUES (format('%s %s %s %s', TG_NAME, TG_WHEN, TG_OP, TG_LEVEL));
  RETURN NULL;
END $$;
CREATE FUNCTION public.see_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.seen (what) SELECT format('%s: %s becomes %s', TG_NAME, o.status, n.status) FROM before o JOIN after n USING (id);
  RETURN NULL;
END $$;
CREATE FUNCTION public.see_new_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.seen (what) SELECT format('%s: %s', TG_NAME, n.status) FROM after n;
  RETURN NULL;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER balance_changed AFTER UPDATE OF credit_balance ON public.users FOR EACH ROW EXECUTE FUNCTION public.see();
CREATE TRIGGER nickname_changed AFTER UPDATE OF nickname ON public.users FOR EACH ROW EXECUTE FUNCTION public.see();
CREATE TRIGGER before_statement BEFORE INSERT OR UPDATE ON public.call_logs FOR EACH STATEMENT EXECUTE FUNCTION public.see();
CREATE TRIGGER calls_changed AFTER UPDATE ON public.call_logs REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION public.see_rows();
CREATE TRIGGER calls_made AFTER INSERT ON public.call_logs REFERENCING NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION public.see_new_rows();
CREATE TRIGGER booked AFTER INSERT ON public.credit_ledger FOR EACH ROW EXECUTE FUNCTION public.see();

SELECT allowed, max_seconds, balance FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT what FROM seen ORDER BY id;
SELECT number_in_sequence, source, labels, nothing, created_at = now() AT TIME ZONE 'UTC' AS made_now, status, duration_minutes, billed_hundredths FROM call_logs;
SELECT nickname, credit_balance, updated_at FROM users;

-- Its constraints hold, and the whole request fails by them: nothing is held.
\set VERBOSITY terse
SELECT allowed FROM worldtune.authorize_call(:alice, '+233302123456', 'CA2');
\set VERBOSITY default
SELECT (SELECT count(*) FROM worldtune_internal.holds) AS holds, (SELECT count(*) FROM call_logs) AS calls;
-- A trigger that swallows rows does not swallow money.
CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
SAVEPOINT swallowed;
CREATE TRIGGER swallow BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.swallow();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
ROLLBACK TO swallowed;
CREATE TRIGGER swallow BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.swallow();
SELECT worldtune.add_credits(:alice, 1, 'pi_1', 1);
ROLLBACK TO swallowed;
CREATE TRIGGER swallow BEFORE INSERT ON public.credit_ledger FOR EACH ROW EXECUTE FUNCTION public.swallow();
SELECT worldtune.add_credits(:alice, 1, 'pi_1', 1);
ROLLBACK TO swallowed;
-- A row that a trigger changes under our hands is told, not overwritten.
CREATE FUNCTION public.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE public.users SET nickname = 'meddler' WHERE id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER meddle BEFORE UPDATE ON public.users FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION public.meddle();
SELECT worldtune.add_credits(:alice, 1, 'pi_1', 1);
ROLLBACK TO swallowed;
-- One that changes another of our rows is heeded.
CREATE FUNCTION public.remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE public.users SET nickname = 'called ' || NEW.phone_number WHERE id = NEW.user_id; RETURN NULL; END $$;
CREATE TRIGGER remember AFTER INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.remember();
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT nickname, (SELECT sum(credits) FROM worldtune_internal.holds) AS held FROM users;
ROLLBACK TO swallowed;

-- The tables may change under a session that has used them.
ALTER TABLE public.users ADD COLUMN language text NOT NULL DEFAULT 'en';
ALTER TABLE public.call_logs ALTER COLUMN source SET DEFAULT 'phone', ADD COLUMN quality integer DEFAULT 5, DROP COLUMN labels;
SELECT allowed, max_seconds, balance FROM worldtune.authorize_call(:alice, '+442079460958', 'CA5');
SELECT source, quality FROM call_logs WHERE call_sid = 'CA5';
-- Without its indexes a call takes longer, and is the same.
DROP INDEX worldtune_call_sid, worldtune_ledger_user, worldtune_ledger_payment, worldtune_payment_intent;
ALTER TABLE public.call_logs DROP CONSTRAINT call_logs_pkey;
INSERT INTO call_logs (status, id, user_id, credits_used, duration_minutes, call_sid) VALUES ('completed', '00000000-0000-0000-0000-0000000000c5', :alice, 0, 0, 'CA5');
SELECT allowed, max_seconds FROM worldtune.authorize_call(:alice, '+442079460958', 'CA5');
SELECT billed, credits_used, balance FROM worldtune.record_call_status('CA5', 'completed', 61);
SELECT billed, changed FROM worldtune.record_call_status('CA5', 'completed', 61);
SELECT status, count(*) FROM call_logs WHERE call_sid = 'CA5' AND authorized_at IS NULL GROUP BY status;
SELECT count(*) > 0 AS mended FROM worldtune.setup();
SELECT * FROM worldtune.check_integrity();
-- What is missing is named, with what to do.
SAVEPOINT missing;
ALTER TABLE public.call_logs RENAME COLUMN max_seconds TO longest;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA6');
ROLLBACK TO missing;
ALTER TABLE public.call_logs RENAME TO calls;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA6');
CREATE VIEW public.call_logs AS SELECT * FROM public.calls;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA6');
ROLLBACK TO missing;
ALTER TABLE worldtune.settings DISABLE TRIGGER guard_settings;
DELETE FROM worldtune.settings;
ALTER TABLE worldtune.settings ENABLE TRIGGER guard_settings;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA6');
ROLLBACK TO missing;
-- Too much for its column: an error, never a cut amount.
ALTER TABLE public.users DISABLE TRIGGER USER;
UPDATE users SET credit_balance = 999999999999;
ALTER TABLE public.users ENABLE TRIGGER USER;
SELECT worldtune.add_credits(:alice, 1, 'pi_2', 1);
ROLLBACK TO missing;
-- A transaction that may only read, reads.
\set ON_ERROR_ROLLBACK off
SAVEPOINT reading;
SET TRANSACTION READ ONLY;
SELECT balance, held FROM worldtune.user_account(:alice);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA7');
ROLLBACK TO reading;
SET TRANSACTION READ ONLY;
SELECT changed FROM worldtune.record_call_status('CA5', 'busy');
ROLLBACK;
