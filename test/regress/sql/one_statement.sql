-- One statement that changes balances twice, in whatever order: each change is booked, the books stay whole.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
\set carol '''00000000-0000-0000-0000-00000000000c'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10), (:bob, 10), (:carol, 10);
CREATE FUNCTION pg_temp.books() RETURNS TABLE (user_id uuid, kind text, delta numeric, balance_after numeric, balance numeric) LANGUAGE sql AS $$
  SELECT l.user_id, l.kind, l.delta, l.balance_after, u.credit_balance FROM credit_ledger l JOIN users u ON u.id = l.user_id WHERE l.kind <> 'opening' ORDER BY l.user_id, l.id
$$;
-- A direct change and a function's, of the same user.
WITH u AS (UPDATE users SET credit_balance = credit_balance + 5 WHERE id = :alice RETURNING id) SELECT worldtune.adjust_credits(id, 1, 'x') FROM u;
SELECT * FROM pg_temp.books();
SELECT * FROM worldtune.check_integrity();
-- A function's changes of one user, several times; and of another whom the statement changes itself.
SELECT worldtune.adjust_credits(:alice, i, 'x') FROM generate_series(1, 3) i;
WITH u AS (UPDATE users SET credit_balance = credit_balance - 1 WHERE id IN (:bob, :carol) RETURNING id) SELECT worldtune.adjust_credits(:alice, 1, 'x') FROM u;
SELECT * FROM worldtune.check_integrity();
-- A bonus for everybody beside a trigger that gives whoever gets one's friend another.
ALTER TABLE users ADD friend uuid;
UPDATE users SET friend = CASE id WHEN :alice THEN :bob WHEN :bob THEN :carol ELSE :alice END::uuid;
CREATE FUNCTION pg_temp.bonus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 AND NEW.credit_balance > OLD.credit_balance THEN
    UPDATE public.users SET credit_balance = credit_balance + 0.1 WHERE id = NEW.friend;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER bonus AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION pg_temp.bonus();
UPDATE users SET credit_balance = credit_balance + 2;
SELECT * FROM pg_temp.books();
SELECT * FROM worldtune.check_integrity();
-- The same by a function, whose own user's friend gets one.
SELECT worldtune.add_credits(:alice, 3, 'pi_1', 3);
SELECT id, credit_balance FROM users ORDER BY id;
-- A trigger that gives the very same user another bonus.
CREATE OR REPLACE FUNCTION pg_temp.bonus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 THEN
    UPDATE public.users SET credit_balance = credit_balance + 0.01 WHERE id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;
UPDATE users SET credit_balance = credit_balance + 2;
SELECT worldtune.add_credits(:alice, 3, 'pi_2', 3);
SELECT id, credit_balance FROM users ORDER BY id;
SELECT * FROM worldtune.check_integrity();
-- New users, changed and deleted in the statement that makes them.
DROP TRIGGER bonus ON users;
WITH u AS (INSERT INTO users (id, credit_balance) SELECT gen_random_uuid(), i FROM generate_series(1, 3) i RETURNING id) SELECT count(*) FROM u;
INSERT INTO users (id, credit_balance) VALUES (:alice, 1) ON CONFLICT (id) DO UPDATE SET credit_balance = users.credit_balance + EXCLUDED.credit_balance;
DELETE FROM users WHERE id = :carol;
SELECT kind, count(*) FROM credit_ledger GROUP BY kind ORDER BY kind;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
