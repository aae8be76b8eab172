-- Balances and their ledger: purchases once, every other change booked with who made it, the ledger append-only.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, email) VALUES (:alice, 'alice@example.org'), (:bob, 'bob@example.org');

-- A payment adds credit once, and answers the same however often it is delivered.
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 9.99);
SELECT worldtune.add_credits(:alice, 5.000001, 'pi_2', 5);
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 9.99);
SELECT worldtune.add_credits(:bob, 10, 'pi_1', 9.99);
SELECT worldtune.add_credits('00000000-0000-0000-0000-0000000000ff', 10, 'pi_3', 9.99);
SELECT worldtune.add_credits(:alice, 0, 'pi_3', 1), 'zero';
SELECT worldtune.add_credits(:alice, -1, 'pi_3', 1), 'negative';
SELECT worldtune.add_credits(:alice, 'NaN', 'pi_3', 1);
SELECT worldtune.add_credits(:alice, 0.0000001, 'pi_3', 1);
SELECT worldtune.add_credits(:alice, 1e13, 'pi_3', 1);
-- In a column that holds any number, too, the books never count beyond what they can.
SAVEPOINT any_number;
ALTER TABLE users ALTER credit_balance TYPE numeric;
ALTER TABLE credit_ledger ALTER delta TYPE numeric, ALTER balance_after TYPE numeric;
SELECT worldtune.adjust_credits(:bob, 9000000000000, 'far too much');
SELECT worldtune.adjust_credits(:bob, 4000000000000, 'too much');
SELECT worldtune.adjust_credits(:bob, 4000000000000, 'and again');
SELECT credit_balance FROM users WHERE id = :bob;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO any_number;
SELECT worldtune.add_credits(:alice, 1, '', 1);
SELECT worldtune.add_credits(:alice, 1, NULL, 1);
SELECT credits_added, amount, payment_intent_id, status, booked_at IS NOT NULL AS booked FROM transactions ORDER BY payment_intent_id;
-- A payment that the application had noted as pending is completed; one that it had credited itself is left alone.
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (:bob, 3, 3, 'pi_pending', 'pending'), (:bob, 3, 3, 'pi_old', 'succeeded');
SELECT worldtune.add_credits(:bob, 3, 'pi_pending', 3);
SELECT worldtune.add_credits(:bob, 3, 'pi_pending', 3);
SELECT worldtune.add_credits(:bob, 3, 'pi_old', 3);
SELECT payment_intent_id, status, booked_at IS NOT NULL AS booked FROM transactions WHERE user_id = :bob ORDER BY payment_intent_id;

-- Of several rows of one payment one that was credited counts; any other status is that of a payment still to be credited.
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status, created_at) VALUES (:bob, 3, 3, 'pi_mixed', 'pending', now() - interval '1 day'),
  (:bob, 3, 3, 'pi_mixed', 'completed', now()), (:bob, 3, 3, 'pi_null', NULL, now());
SELECT worldtune.add_credits(:bob, 3, 'pi_mixed', 3), worldtune.add_credits(:bob, 3, 'pi_null', 3);
-- What was booked stays as it was booked.
UPDATE transactions SET status = 'archived' WHERE payment_intent_id = 'pi_1';
UPDATE transactions SET credits_added = 100 WHERE payment_intent_id = 'pi_1';
UPDATE transactions SET booked_at = NULL WHERE payment_intent_id = 'pi_1';
DELETE FROM transactions WHERE payment_intent_id = 'pi_1';
TRUNCATE transactions;
DELETE FROM transactions WHERE payment_intent_id = 'pi_mixed';

-- Whoever changes a balance, it is booked with who did it.
SET LOCAL ROLE service_role;
UPDATE users SET credit_balance = credit_balance + 1 WHERE id = :alice;
RESET ROLE;
UPDATE users SET credit_balance = credit_balance - 0.5, name = 'Alice' WHERE id = :alice;
UPDATE users SET name = 'Alice A.' WHERE id = :alice;
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000c', 2);
DELETE FROM users WHERE id = '00000000-0000-0000-0000-00000000000c';
-- A referral bonus: runs as its owner, called by a signed-in user.
CREATE FUNCTION public.refer(friend uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ UPDATE public.users SET credit_balance = credit_balance + 0.25 WHERE id = friend $$;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000b", "role": "authenticated"}';
SELECT public.refer(:alice);
RESET ROLE;
SET LOCAL request.jwt.claims = '';
SELECT right(l.user_id::text, 1) AS "user", kind, delta, balance_after, transaction_id IS NOT NULL AS bought, note,
  replace(role, session_user, 'OWNER') AS role, session_role = session_user AS by_session, right(jwt_subject::text, 1) AS subject
FROM credit_ledger l JOIN worldtune.ledger_details d ON d.entry_id = l.id ORDER BY id;
-- Who made an entry is not for its user to read.
SET LOCAL ROLE authenticated;
SELECT * FROM worldtune.ledger_details;
RESET ROLE;
SELECT object, action FROM worldtune.setup() WHERE action = 'review';

-- A user may write the own name, never the own money.
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';
UPDATE users SET name = 'Alice B.';
SELECT name, credit_balance FROM users;
UPDATE users SET credit_balance = 1000;
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 1000);
SELECT kind, delta FROM credit_ledger ORDER BY id LIMIT 1;
RESET ROLE;
-- Not even when somebody grants it again: the trigger still refuses.
GRANT ALL ON users TO authenticated;
SET LOCAL ROLE authenticated;
UPDATE users SET credit_balance = 1000;
RESET ROLE;

-- What only this extension writes, and what nobody does.
UPDATE users SET id = gen_random_uuid() WHERE id = :alice;
TRUNCATE users;
INSERT INTO credit_ledger (user_id, delta, balance_after, kind) VALUES (:alice, 1, 1, 'adjustment');
UPDATE credit_ledger SET delta = 0;
DELETE FROM credit_ledger;
TRUNCATE credit_ledger;
UPDATE worldtune.ledger_details SET remark = 'x';
DELETE FROM worldtune.ledger_details;
SET LOCAL session_replication_role = replica;
DELETE FROM credit_ledger;
SET LOCAL session_replication_role = origin;

-- A user with credit held for a call stays until it is settled, and so does what the ledger refers to.
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA0000000000000000000000000000000a');
DELETE FROM users WHERE id = :alice;
DELETE FROM call_logs;
-- Nobody but the extension writes what a call is authorised for, to whom and when, nor what it cost; what explains nothing is free.
UPDATE call_logs SET max_seconds = 60;
UPDATE call_logs SET ended_at = now();
UPDATE call_logs SET authorized_at = NULL;
INSERT INTO call_logs (user_id, status, authorized_at) VALUES (:alice, 'queued', now());
UPDATE call_logs SET created_at = created_at - interval '1 minute';
UPDATE call_logs SET answered_at = now();
UPDATE call_logs SET phone_number = '+33123456789';
UPDATE call_logs SET idempotency_key = 'another';
UPDATE call_logs SET dial_call_sid = 'CA0000000000000000000000000000000d';
UPDATE call_logs SET note = 'a question';
SELECT billed FROM worldtune.record_call_status('CA0000000000000000000000000000000a', 'completed', 5);
DELETE FROM call_logs;
UPDATE call_logs SET credits_used = 0;
UPDATE call_logs SET created_at = created_at - interval '1 minute';
UPDATE call_logs SET phone_number = '+33123456789';
UPDATE call_logs SET note = 'answered';
-- Not even in the middle of the extension's own write.
CREATE FUNCTION public.forgive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE public.call_logs SET credits_used = 0 WHERE id <> NEW.id; RETURN NEW; END $$;
CREATE TRIGGER forgive BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.forgive();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA0000000000000000000000000000000b');
TRUNCATE call_logs;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
