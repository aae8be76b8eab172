-- What the owner of the tables may plant in them books nothing twice and ends no server.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
\set VERBOSITY terse
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id) VALUES (:alice);
CREATE FUNCTION pg_temp.books() RETURNS TABLE (kind text, delta numeric, balance_after numeric, of_payment boolean) LANGUAGE sql AS $$
  SELECT kind, delta, balance_after, transaction_id IS NOT NULL FROM credit_ledger ORDER BY id
$$;
-- A bonus that is given before the payment is booked is not the payment.
CREATE FUNCTION pg_temp.bonus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 THEN UPDATE public.users SET credit_balance = credit_balance + 1 WHERE id = NEW.id; END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "00_bonus" AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION pg_temp.bonus();
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 10);
SELECT * FROM pg_temp.books();
DROP TRIGGER "00_bonus" ON users;
-- A second booking trigger.
CREATE TRIGGER zz AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION worldtune_internal.book_users();
SELECT worldtune.add_credits(:alice, 10, 'pi_2', 10);
DROP TRIGGER zz ON users;
-- Rows without what their keys once made sure of.
ALTER TABLE transactions DROP CONSTRAINT transactions_pkey;
ALTER TABLE transactions ALTER id DROP NOT NULL;
INSERT INTO transactions (id, user_id, amount, credits_added, payment_intent_id, status) VALUES (NULL, :alice, 5, 5, 'pi_null', 'pending');
SELECT worldtune.add_credits(:alice, 5, 'pi_null', 5);
SELECT worldtune_internal.run_as('pg_database_owner'::regrole, NULL), worldtune_internal.run_as(NULL, 'SELECT 1');
-- Amounts that are none.
UPDATE worldtune.settings SET low_balance = 'NaN';
UPDATE worldtune.settings SET max_rate = 'NaN';
INSERT INTO worldtune.user_limits (user_id, max_spend_per_day) VALUES (:alice, 'NaN');
SELECT invariant FROM worldtune.check_integrity();
ROLLBACK;
