-- Payments: credited once whatever the application noted of them, and taken back once.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
\set carol '''00000000-0000-0000-0000-00000000000c'''
INSERT INTO users (id) VALUES (:alice), (:bob), (:carol);
ALTER TABLE transactions ALTER user_id DROP NOT NULL;

-- The words for a payment that the earlier application has credited; any other is credited now, with the figures of the one who asks.
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status)
SELECT :alice, 7, 7, 'pi_' || status, status
FROM unnest(ARRAY['completed', 'succeeded', 'Success', 'PAID', 'reversed', 'refunded', 'disputed', 'pending', 'error', 'failed', 'processing', 'requires_action', 'complete', 'whatever', '']) status;
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (:alice, 7, 7, 'pi_null', NULL);
SELECT payment_intent_id AS swallowed, worldtune.add_credits(:alice, 7, payment_intent_id, 7)
FROM unnest(ARRAY['pi_completed', 'pi_succeeded', 'pi_Success', 'pi_PAID', 'pi_reversed', 'pi_refunded', 'pi_disputed']) payment_intent_id;
SELECT payment_intent_id AS credited, worldtune.add_credits(:alice, 1, payment_intent_id, 1.1)
FROM unnest(ARRAY['pi_pending', 'pi_error', 'pi_failed', 'pi_processing', 'pi_requires_action', 'pi_complete', 'pi_whatever', 'pi_', 'pi_null']) payment_intent_id;
SELECT payment_intent_id, status, amount, credits_added, booked_at IS NOT NULL AS booked FROM transactions ORDER BY payment_intent_id COLLATE "C";
-- Again: nothing changes; other figures, or another user, are another payment.
SELECT worldtune.add_credits(:alice, 1, 'pi_pending', 1.1);
SELECT worldtune.add_credits(:alice, 2, 'pi_pending', 1.1);
SELECT worldtune.add_credits(:alice, 1, 'pi_pending', 1.2);
SELECT worldtune.add_credits(:bob, 1, 'pi_pending', 1.1);
SELECT worldtune.add_credits(:alice, 8, 'pi_completed', 7);
SELECT worldtune.add_credits(:bob, 7, 'pi_completed', 7);
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (:alice, 7, 7, 'pi_waiting', 'pending');
SELECT worldtune.add_credits(:bob, 7, 'pi_waiting', 7);
-- A payment that waits without a user is whoever's it is credited to; one credited before, of a user who is gone, stays.
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (NULL, 3, 3, 'pi_nobody', 'pending'), (NULL, 3, 3, 'pi_gone', 'completed');
SELECT worldtune.add_credits(:bob, 3, 'pi_nobody', 3);
SELECT worldtune.add_credits(:bob, 3, 'pi_gone', 3);
SELECT payment_intent_id, user_id, status FROM transactions WHERE payment_intent_id IN ('pi_nobody', 'pi_gone') ORDER BY 1 DESC;

-- Nobody but the extension says that a payment is booked, or was.
GRANT UPDATE ON transactions TO authenticated;
CREATE POLICY update_own ON transactions FOR UPDATE TO authenticated USING (user_id = worldtune.current_user_id());
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a"}';
SET LOCAL ROLE authenticated;
UPDATE transactions SET booked_at = now() WHERE payment_intent_id = 'pi_waiting';
UPDATE transactions SET booked_at = NULL WHERE payment_intent_id = 'pi_pending';
SET LOCAL ROLE service_role;
UPDATE transactions SET booked_at = now() WHERE payment_intent_id = 'pi_waiting';
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status, booked_at) VALUES (:alice, 1, 1, 'pi_new', 'completed', now());
UPDATE transactions SET credits_added = 100 WHERE payment_intent_id = 'pi_pending';
UPDATE transactions SET user_id = :bob WHERE payment_intent_id = 'pi_pending';
SELECT worldtune.add_credits(:alice, 7, 'pi_waiting', 7);

-- Taking back: once, below zero if need be.
SELECT worldtune.add_credits(:carol, 20, 'pi_carol', 19.5);
SELECT worldtune.adjust_credits(:carol, -15, 'spent');
SELECT worldtune.reverse_purchase('pi_carol', 'dispute du_1');
SELECT worldtune.adjust_credits(:carol, 1, 'goodwill');
SELECT status, credits_added, amount FROM transactions WHERE payment_intent_id = 'pi_carol';
SELECT worldtune.reverse_purchase('pi_carol'), worldtune.reverse_purchase('pi_carol', 'dispute du_1', :carol);
-- The payment arrives once more: it stays taken back.
SELECT worldtune.add_credits(:carol, 20, 'pi_carol', 19.5);
SELECT worldtune.add_credits(:carol, 21, 'pi_carol', 19.5);
-- The application may word the row as it likes: the ledger knows.
UPDATE transactions SET status = 'pending' WHERE payment_intent_id = 'pi_carol';
SELECT worldtune.add_credits(:carol, 20, 'pi_carol', 19.5), worldtune.reverse_purchase('pi_carol');
SELECT credit_balance FROM users WHERE id = :carol;
-- One that the earlier application credited can be taken back too, and is not credited afterwards.
SELECT worldtune.reverse_purchase('pi_succeeded', 'dispute du_2'), worldtune.add_credits(:alice, 7, 'pi_succeeded', 7), worldtune.reverse_purchase('pi_succeeded');
UPDATE transactions SET status = 'pending' WHERE payment_intent_id = 'pi_succeeded';
SELECT worldtune.add_credits(:alice, 7, 'pi_succeeded', 7), worldtune.reverse_purchase('pi_succeeded');
-- The books tell of such a rewording.
SELECT invariant, detail FROM worldtune.check_integrity();
-- Its figures stand like those of a booked one, and another row of the payment does not take its place.
UPDATE transactions SET credits_added = 9 WHERE payment_intent_id = 'pi_succeeded';
UPDATE transactions SET user_id = :bob WHERE payment_intent_id = 'pi_succeeded';
RESET ROLE;
DELETE FROM transactions WHERE payment_intent_id = 'pi_succeeded';
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status, created_at) VALUES (:alice, 7, 7, 'pi_succeeded', 'pending', '2020-01-01');
SELECT worldtune.add_credits(:alice, 7, 'pi_succeeded', 7) - credit_balance AS added FROM users WHERE id = :alice;
DELETE FROM transactions WHERE payment_intent_id = 'pi_succeeded' AND created_at = '2020-01-01';
SET LOCAL ROLE service_role;
UPDATE transactions SET status = 'reversed' WHERE payment_intent_id = 'pi_succeeded';
-- Not again: what the application took back itself. A dispute that it noted alone is taken back.
SELECT worldtune.reverse_purchase('pi_refunded', 'dispute du_3');
SELECT worldtune.reverse_purchase('pi_reversed');
SELECT worldtune.reverse_purchase('pi_disputed') - credit_balance AS left FROM users WHERE id = :alice;
SELECT worldtune.reverse_purchase('pi_completed') - credit_balance AS left FROM users WHERE id = :alice;
-- What we booked the application may call refunded before it asks.
SELECT worldtune.add_credits(:carol, 5, 'pi_ours', 5);
UPDATE transactions SET status = 'refunded' WHERE payment_intent_id = 'pi_ours';
SELECT worldtune.reverse_purchase('pi_ours');
-- Not: what was never credited, what is unknown or another's.
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (:alice, 7, 7, 'pi_open', 'pending');
SELECT worldtune.reverse_purchase('pi_open');
SELECT worldtune.reverse_purchase('pi_404');
SELECT worldtune.reverse_purchase('pi_gone');
SELECT worldtune.reverse_purchase('pi_pending', NULL, :bob);
SELECT worldtune.reverse_purchase(NULL);
SELECT worldtune.reverse_purchase('');
RESET ROLE;
SELECT t.payment_intent_id, t.status, t.amount, t.credits_added, t.booked_at IS NOT NULL AS booked, l.kind, l.delta, l.balance_after, l.note, d.role, d.remark
FROM credit_ledger l JOIN transactions t ON t.id = l.transaction_id JOIN worldtune.ledger_details d ON d.entry_id = l.id
WHERE t.payment_intent_id IN ('pi_carol', 'pi_succeeded') ORDER BY l.id;
-- The table itself keeps a second one out.
SET LOCAL session_replication_role = replica;
ALTER TABLE credit_ledger DISABLE TRIGGER USER;
\set VERBOSITY terse
INSERT INTO credit_ledger (user_id, delta, balance_after, kind, transaction_id)
SELECT user_id, delta, balance_after, kind, transaction_id FROM credit_ledger WHERE kind = 'chargeback' LIMIT 1;
ALTER TABLE credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only;
SET LOCAL session_replication_role = DEFAULT;
SET LOCAL ROLE authenticated;
SELECT worldtune.reverse_purchase('pi_pending');
RESET ROLE;
SELECT * FROM worldtune.check_integrity();

-- A status that tells neither that it was credited nor that it was not is told before somebody pays by a webhook that comes again.
SELECT object, detail FROM worldtune.audit() WHERE object ~ 'rows of public';
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status)
SELECT :alice, 7, 7, 'pi_old_' || coalesce(status, ''), status FROM unnest(ARRAY['captured', 'partially_refunded', NULL, 'Completed', 'expired']) status;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object ~ 'rows of public';
SELECT object, action, detail FROM worldtune.setup() WHERE object ~ 'rows of public.transactions';
UPDATE transactions SET status = 'completed' WHERE payment_intent_id ~ '^pi_old_';
SELECT object, detail FROM worldtune.audit() WHERE object ~ 'rows of public';
ROLLBACK;
