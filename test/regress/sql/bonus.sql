-- A trigger of the application that gives another user a bonus while credit is being booked: each change is booked as what it is.
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO users (id) VALUES ('00000000-0000-0000-0000-00000000000a'), ('00000000-0000-0000-0000-00000000000b');
-- Before the row is written, so that the buyer's own change is not booked yet.
CREATE FUNCTION pg_temp.reward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = '00000000-0000-0000-0000-00000000000a' THEN
    UPDATE public.users SET credit_balance = credit_balance + 0.5 WHERE id = '00000000-0000-0000-0000-00000000000b';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER reward BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION pg_temp.reward();
SELECT worldtune.add_credits('00000000-0000-0000-0000-00000000000a', 10, 'pi_1', 10);
SELECT right(user_id::text, 1) AS who, kind, delta, transaction_id IS NOT NULL AS of_a_payment FROM credit_ledger ORDER BY id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
