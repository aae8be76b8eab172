-- Each rule of check_integrity() finds what it is for: violations planted one at a time, with the guards off, into books of every kind of row.
\set QUIET on
\set a '00000000-0000-0000-0000-00000000000a'
\set b '00000000-0000-0000-0000-00000000000b'
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate,connection_fee,minimum_seconds,increment_seconds\n44,0.60,0.05,30,6\n800,0,0,60,60\n33,0.30,0,60,60\n', allow_free => true);
INSERT INTO worldtune.rate_overrides (prefix, rate, since) VALUES ('49', 0.20, now());

-- The books: a has calls of every kind and three payments, one of which was taken back; b one payment, one call and 100 seconds of a call; c was deleted.
INSERT INTO users (id, credit_balance) VALUES (:'a', 2), (:'b', 0), ('00000000-0000-0000-0000-00000000000c', 3);
SELECT worldtune.add_credits(:'a', 10, 'pi_1', 10), worldtune.add_credits(:'a', 5, 'pi_2', 5), worldtune.add_credits(:'b', 4, 'pi_3', 4);
SELECT sid, (worldtune.authorize_call(who::uuid, number, sid)).reason, (worldtune.record_call_status(sid, ends, seconds)).credits_used
  FROM (VALUES (1, :'a', 'billed', '+442079460958', 'completed', 61), (2, :'a', 'corrected', '+442079460958', 'completed', 600),
      (3, :'a', 'refunded', '+33123456789', 'completed', 90), (4, :'a', 'own_price', '+4930123456', 'completed', 61),
      (5, :'a', 'free', '+80012345678', 'completed', 61), (6, :'a', 'missed', '+442079460958', 'no-answer', 0),
      (7, :'b', 'of_b', '+442079460958', 'completed', 30)) c (n, who, sid, number, ends, seconds) ORDER BY n;
SELECT worldtune.refund_call('corrected', 1, 'echo') AS refunded;
SELECT differences FROM worldtune.reconcile_call('corrected', 'completed', 30);
SELECT worldtune.refund_call('refunded', 0.1, 'noise') AS refunded;
SELECT worldtune.adjust_credits(:'a', -1, 'stamps') AS adjusted;
SELECT worldtune.reverse_purchase('pi_2', 'a stolen card') AS reversed;
UPDATE worldtune.settings SET max_call_seconds = 100;
SELECT (worldtune.authorize_call(:'a', '+442079460958', 'open')).max_seconds, (worldtune.authorize_call(:'a', '+99912345678', 'rejected')).reason,
  (worldtune.authorize_call(:'b', '+442079460958', 'open_b')).max_seconds;
DELETE FROM users WHERE id = '00000000-0000-0000-0000-00000000000c';
SELECT * FROM worldtune.check_integrity();

-- Guards and constraints would keep all of it from happening.
SET session_replication_role = replica;
ALTER TABLE credit_ledger DISABLE TRIGGER USER;
ALTER TABLE worldtune.ledger_details DISABLE TRIGGER USER;
ALTER TABLE worldtune.rates DISABLE TRIGGER USER;
DROP INDEX worldtune_ledger_call, worldtune_ledger_payment, worldtune_payment;

-- An entry that the chain of the user goes on from, with its details, as if it had been booked.
CREATE FUNCTION pg_temp.book(who uuid, amount numeric, what text, call text DEFAULT NULL, payment text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  WITH entry AS (
    INSERT INTO credit_ledger (user_id, created_at, delta, balance_after, kind, call_id, transaction_id)
    SELECT who, clock_timestamp(), amount, amount + coalesce((SELECT l.balance_after FROM credit_ledger l WHERE l.user_id = who ORDER BY l.id DESC LIMIT 1), 0), what,
      (SELECT c.id FROM call_logs c WHERE c.call_sid = call), (SELECT t.id FROM transactions t WHERE t.payment_intent_id = payment
        ORDER BY EXISTS (SELECT FROM credit_ledger l WHERE l.transaction_id = t.id) LIMIT 1) RETURNING *)
  INSERT INTO worldtune.ledger_details (entry_id, user_id, role, session_role) SELECT id, user_id, '', '' FROM entry WHERE what <> 'call';
  UPDATE users SET credit_balance = credit_balance + amount WHERE id = who;
$$;

CREATE FUNCTION pg_temp.plant(command text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  found text[];
BEGIN
  BEGIN
    EXECUTE command;
    found := ARRAY(SELECT DISTINCT invariant FROM worldtune.check_integrity() ORDER BY 1);
    RAISE EXCEPTION 'undo';
  EXCEPTION WHEN raise_exception THEN
  END;
  RETURN found;
END
$$;
CREATE FUNCTION pg_temp.call(sid text, change text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE call_logs SET %s WHERE call_sid = %L', change, sid) $$;
-- A call that was allowed so many seconds at 0.60 + 0.05, and holds their price.
CREATE FUNCTION pg_temp.hold(sid text, seconds int) RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE call_logs SET max_seconds = %s, credits_held = %s WHERE call_sid = %3$L;'
    ' UPDATE worldtune_internal.holds h SET credits = c.credits_held FROM call_logs c WHERE c.id = h.call_id', seconds, 0.05 + seconds / 100.0, sid)
$$;

-- The calls in progress were authorised after all that is booked.
UPDATE call_logs SET authorized_at = clock_timestamp() WHERE ended_at IS NULL;

CREATE TEMPORARY TABLE plants (n int GENERATED ALWAYS AS IDENTITY, plant text, command text, finds text[]);
INSERT INTO plants (plant, finds, command) VALUES
  -- Balances
  ('a balance is written beside the ledger', '{balance_is_newest_of_ledger,balance_is_sum_of_ledger}', $$UPDATE users SET credit_balance = credit_balance + 1 WHERE id = :a$$),
  ('a user has credit and no entry', '{balance_is_newest_of_ledger,balance_is_sum_of_ledger}', $$INSERT INTO users (id, credit_balance) VALUES (gen_random_uuid(), 1)$$),
  ('a user is gone, the credit stays', '{balance_is_newest_of_ledger,balance_is_sum_of_ledger,hold_is_of_an_open_call,holds_were_available}', $$DELETE FROM users WHERE id = :b$$),
  ('an entry is another amount', '{balance_is_sum_of_ledger,entry_follows_from_the_one_before}', $$UPDATE credit_ledger SET delta = delta + 3 WHERE id = (SELECT entry_id FROM worldtune.ledger_details WHERE remark = 'stamps')$$),
  ('the newest entry leaves another balance', '{balance_is_newest_of_ledger,entry_follows_from_the_one_before}',
    $$UPDATE credit_ledger SET balance_after = balance_after + 1 WHERE id = (SELECT max(id) FROM credit_ledger WHERE user_id = :a)$$),
  -- Entries
  ('an entry in the middle leaves another balance', '{entry_follows_from_the_one_before}', $$UPDATE credit_ledger SET balance_after = balance_after + 1 WHERE id = (SELECT entry_id FROM worldtune.ledger_details WHERE remark = 'stamps')$$),
  ('the first entry does not begin at zero', '{balance_is_sum_of_ledger,entry_follows_from_the_one_before}', $$UPDATE credit_ledger SET delta = delta + 1 WHERE kind = 'opening' AND user_id = :a$$),
  ('a charge adds credit', '{billed_call_has_its_ledger_rows,entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'call', 'free')$$),
  ('a charge has no call', '{billed_call_has_its_ledger_rows,charge_belongs_to_a_billed_call,entry_is_of_its_kind}', $$UPDATE credit_ledger SET call_id = NULL WHERE kind = 'call' AND user_id = :b$$),
  ('a charge names a payment', '{entry_is_of_its_kind}', $$UPDATE credit_ledger SET transaction_id = gen_random_uuid() WHERE kind = 'call' AND user_id = :b$$),
  ('a refund takes credit', '{billed_call_has_its_ledger_rows,entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, -0.1, 'refund', 'refunded')$$),
  ('a refund has no call', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'refund')$$),
  ('a refund names a payment', '{entry_is_of_its_kind}', $$UPDATE credit_ledger SET transaction_id = gen_random_uuid() WHERE id = (SELECT entry_id FROM worldtune.ledger_details WHERE remark = 'noise')$$),
  ('a purchase takes credit', '{entry_is_of_its_kind,payment_adds_credit_once,purchase_is_its_payment}', $$SELECT pg_temp.book(:a, -1, 'purchase', payment => 'pi_1')$$),
  ('a purchase names a call', '{entry_is_of_its_kind}', $$UPDATE credit_ledger SET call_id = (SELECT id FROM call_logs WHERE call_sid = 'billed') WHERE kind = 'purchase' AND delta = 10$$),
  ('a purchase has no payment', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'purchase')$$),
  ('a chargeback adds credit', '{chargeback_is_of_a_purchase,entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'chargeback', payment => 'pi_1')$$),
  ('a chargeback names a call', '{entry_is_of_its_kind}', $$UPDATE credit_ledger SET call_id = (SELECT id FROM call_logs WHERE call_sid = 'billed') WHERE kind = 'chargeback'$$),
  ('a chargeback has no payment', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, -1, 'chargeback')$$),
  ('an adjustment adjusts nothing', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 0, 'adjustment')$$),
  ('an adjustment names a payment', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'adjustment', payment => 'pi_1')$$),
  ('an opening of nothing', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 0, 'opening')$$),
  ('an opening names a call', '{entry_is_of_its_kind}', $$UPDATE credit_ledger SET call_id = (SELECT id FROM call_logs WHERE call_sid = 'billed') WHERE kind = 'opening' AND user_id = :a$$),
  ('an opening names a payment', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'opening', payment => 'pi_1')$$),
  ('an entry is of no kind', '{entry_is_of_its_kind}', $$SELECT pg_temp.book(:a, 1, 'gift')$$),
  ('an entry does not tell who made it', '{entry_tells_who_made_it}', $$DELETE FROM worldtune.ledger_details WHERE remark = 'stamps'$$),
  ('an entry tells of another user', '{entry_tells_who_made_it}', $$UPDATE worldtune.ledger_details SET user_id = :b WHERE remark = 'stamps'$$),
  ('details of no entry', '{details_are_of_an_entry}', $$INSERT INTO worldtune.ledger_details (entry_id, user_id, role, session_role) VALUES (0, :a, '', '')$$),
  ('details of a charge', '{details_are_of_an_entry}',
    $$INSERT INTO worldtune.ledger_details (entry_id, user_id, role, session_role) SELECT id, user_id, '', '' FROM credit_ledger WHERE kind = 'call' LIMIT 1$$),
  -- States of calls
  ('an unknown status', '{status_is_known}', pg_temp.call('open', $$status = 'talking'$$)),
  ('a call is over and did not end', '{call_is_over_when_it_ended,finished_call_holds_nothing}', pg_temp.call('open', $$status = 'busy'$$)),
  ('a call ended and goes on', '{call_is_over_when_it_ended,hold_is_the_price_of_max_seconds,open_call_has_its_hold}', pg_temp.call('missed', $$status = 'ringing'$$)),
  ('a refusal has no reason', '{rejected_call_costs_nothing}', pg_temp.call('rejected', 'reject_reason = NULL')),
  ('a call that went ahead has a reason not to', '{rejected_call_costs_nothing}', pg_temp.call('missed', $$reject_reason = 'no_rate'$$)),
  ('a refused call is billed', '{billed_seconds_are_of_the_duration,rejected_call_costs_nothing}', pg_temp.call('rejected', 'billed_at = now()')),
  ('a refused call was answered', '{rejected_call_costs_nothing}', pg_temp.call('rejected', 'answered_at = now()')),
  ('a refused call is accounted for', '{rejected_call_costs_nothing}', pg_temp.call('rejected', 'reconciled_at = now()')),
  ('a refused call has a hold', '{hold_is_of_an_open_call}', $$INSERT INTO worldtune_internal.holds SELECT id, user_id, 0, now() FROM call_logs WHERE call_sid = 'rejected'$$),
  ('a refused call holds', '{finished_call_holds_nothing}', pg_temp.call('rejected', 'credits_held = 1')),
  ('a refused call costs', '{billed_call_has_its_ledger_rows,unbilled_call_costs_nothing}', pg_temp.call('rejected', 'credits_used = 1')),
  ('a finished call holds', '{finished_call_holds_nothing}', pg_temp.call('missed', 'credits_held = 1')),
  ('a billed call holds', '{finished_call_holds_nothing}', pg_temp.call('billed', 'credits_held = 1')),
  ('an open call has no hold', '{open_call_has_its_hold}', $$DELETE FROM worldtune_internal.holds WHERE user_id = :b$$),
  ('a hold is another user''s', '{open_call_has_its_hold}', $$UPDATE worldtune_internal.holds SET user_id = :a WHERE user_id = :b$$),
  ('a hold is another amount', '{open_call_has_its_hold}', $$UPDATE worldtune_internal.holds SET credits = credits + 0.01$$),
  ('a call says that it holds less', '{hold_is_the_price_of_max_seconds,open_call_has_its_hold}', pg_temp.call('open', 'credits_held = 0')),
  ('a call holds less than its longest costs', '{hold_is_the_price_of_max_seconds}',
    pg_temp.call('open', 'credits_held = 0.5') || $$; UPDATE worldtune_internal.holds SET credits = 0.5 WHERE user_id = :a$$),
  ('a call is allowed longer than it holds for', '{hold_is_the_price_of_max_seconds}', pg_temp.call('open', 'max_seconds = 103')),
  ('a ringing call was answered', '{answered_call_was_answered}', pg_temp.call('open', $$status = 'ringing', answered_at = now()$$)),
  ('an open call is accounted for', '{carrier_accounts_for_what_is_over}', pg_temp.call('open', 'reconciled_at = now()')),
  ('an open call is billed', '{billed_call_is_over,billed_seconds_are_of_the_duration}', pg_temp.call('open', 'billed_at = now()')),
  -- Bills
  ('a billed call did not end', '{call_is_over_when_it_ended}', pg_temp.call('billed', 'ended_at = NULL')),
  ('a billed call has no duration', '{billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'duration_seconds = NULL')),
  ('a call was billed to its longest without a duration', '{billed_seconds_are_of_the_duration}', pg_temp.call('of_b', 'duration_seconds = NULL, max_seconds = 30')),
  ('a billed call has no billed seconds', '{bill_is_rate_times_seconds,billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'billed_seconds = NULL')),
  ('a call was billed for more than it lasted', '{billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'duration_seconds = 60')),
  ('a call was billed for less than it lasted', '{billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'duration_seconds = 67')),
  ('a call was billed beyond its longest', '{billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'max_seconds = 60')),
  ('the minutes are not the seconds', '{billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'duration_minutes = 1')),
  ('the seconds are not the bill''s', '{bill_is_rate_times_seconds,billed_seconds_are_of_the_duration}', pg_temp.call('billed', 'billed_seconds = 72, duration_minutes = 1.2')),
  ('a call cost less than its seconds', '{bill_is_rate_times_seconds}', pg_temp.call('of_b', 'credits_used = 0.3') || $$; SELECT pg_temp.book(:b, 0.05, 'adjustment', 'of_b')$$),
  ('a call cost more than its seconds', '{bill_is_rate_times_seconds}', pg_temp.call('of_b', 'credits_used = 0.4') || $$; SELECT pg_temp.book(:b, -0.05, 'adjustment', 'of_b')$$),
  ('a free call costs', '{bill_is_rate_times_seconds}', pg_temp.call('free', 'credits_used = 0.4') || $$; SELECT pg_temp.book(:a, -0.4, 'call', 'free')$$),
  ('an unanswered call costs', '{billed_call_has_its_ledger_rows,unbilled_call_costs_nothing}', pg_temp.call('missed', 'credits_used = 1')),
  ('an unanswered call has billed seconds', '{unbilled_call_costs_nothing}', pg_temp.call('missed', 'billed_seconds = 1')),
  ('an unanswered call has billed minutes', '{unbilled_call_costs_nothing}', pg_temp.call('missed', 'duration_minutes = 1')),
  ('more is refunded than was charged', '{bill_is_rate_times_seconds,refunds_stay_within_the_charge}', $$SELECT pg_temp.book(:b, 9, 'refund', 'of_b');$$ || pg_temp.call('of_b', 'credits_refunded = 9')),
  ('less than nothing is refunded', '{billed_call_has_its_ledger_rows,refunds_stay_within_the_charge}', pg_temp.call('billed', 'credits_refunded = -1')),
  -- Prices
  ('the deck''s rate was another', '{terms_are_of_the_deck}', $$UPDATE worldtune.rates SET rate = 0.61 WHERE prefix = '44'$$),
  ('the deck''s connection fee was another', '{terms_are_of_the_deck}', $$UPDATE worldtune.rates SET connection_fee = 0 WHERE prefix = '44'$$),
  ('the deck''s minimum was another', '{terms_are_of_the_deck}', $$UPDATE worldtune.rates SET minimum_seconds = 1 WHERE prefix = '44'$$),
  ('the deck''s increment was another', '{terms_are_of_the_deck}', $$UPDATE worldtune.rates SET increment_seconds = 1 WHERE prefix = '44'$$),
  ('the deck''s row was for callers from elsewhere', '{terms_are_of_the_deck}', $$UPDATE worldtune.rates SET origination = '49' WHERE prefix = '44'$$),
  ('the deck has no such row', '{terms_are_of_the_deck}', $$DELETE FROM worldtune.rates WHERE prefix = '44'$$),
  ('the call''s rate was another', '{terms_are_of_the_deck}', pg_temp.call('missed', 'rate = 9')),
  ('another row of the deck', '{terms_are_of_the_deck}', pg_temp.call('missed', $$prefix = '4'$$)),
  ('the deck is gone: nobody can tell', '{}', $$DELETE FROM worldtune.rates; DELETE FROM worldtune.rate_decks$$),
  ('another deck took its id: nobody can tell', '{}', $$UPDATE worldtune.rates SET rate = 1; UPDATE worldtune.rate_decks SET imported_at = now() + interval '1 hour'$$),
  ('an own price was another', '{terms_are_of_the_own_price}', $$UPDATE worldtune.rate_overrides SET rate = 0.21$$),
  ('an own connection fee was another', '{terms_are_of_the_own_price}', $$UPDATE worldtune.rate_overrides SET connection_fee = 1$$),
  ('an own minimum was another', '{terms_are_of_the_own_price}', $$UPDATE worldtune.rate_overrides SET minimum_seconds = 1$$),
  ('an own increment was another', '{terms_are_of_the_own_price}', $$UPDATE worldtune.rate_overrides SET increment_seconds = 1$$),
  ('the price of a call was no own price', '{bill_is_rate_times_seconds,terms_are_of_the_own_price}', pg_temp.call('own_price', 'rate = 0.19')),
  ('an own price is in the history', '{}', $$SET LOCAL session_replication_role = origin; UPDATE worldtune.rate_overrides SET rate = 9; DELETE FROM worldtune.rate_overrides; SET LOCAL session_replication_role = replica$$),
  ('an own price came after the call: nobody can tell', '{}', $$UPDATE worldtune.rate_overrides SET rate = 9, since = now() + interval '1 hour'$$),
  ('an own price is gone without a trace: nobody can tell', '{}', $$DELETE FROM worldtune.rate_overrides$$),
  ('the price of another number', '{price_is_of_the_number}', pg_temp.call('missed', $$phone_number = '+4520946095'$$)),
  ('a masked number tells less than its prefix', '{}', pg_temp.call('missed', $$phone_number = '+44 •••• ••58', prefix = '4420', price_source = 'override'$$)),
  ('the price for callers from elsewhere', '{price_is_of_the_number}', pg_temp.call('own_price', $$caller_id = '+33123456789', origination = '44'$$)),
  ('the price for callers of somewhere, and the call showed no number', '{price_is_of_the_number}', pg_temp.call('own_price', $$caller_id = NULL, origination = '44'$$)),
  ('a price from nowhere', '{price_is_of_the_number}', pg_temp.call('missed', $$price_source = 'gift'$$)),
  ('the price of no deck', '{price_is_of_the_number}', pg_temp.call('missed', 'deck_id = NULL')),
  -- Bills and ledger
  ('a bill is not booked', '{balance_is_newest_of_ledger,balance_is_sum_of_ledger,billed_call_has_its_ledger_rows}', $$DELETE FROM credit_ledger WHERE kind = 'call' AND user_id = :b$$),
  ('a refund is not on the call', '{billed_call_has_its_ledger_rows}', pg_temp.call('refunded', 'credits_refunded = 0')),
  ('a correction is not on the call', '{bill_is_rate_times_seconds,billed_call_has_its_ledger_rows}', pg_temp.call('corrected', 'credits_used = 1.07')),
  ('an unanswered call is charged', '{billed_call_has_its_ledger_rows,charge_belongs_to_a_billed_call}', $$SELECT pg_temp.book(:a, -1, 'call', 'missed')$$),
  ('a charge of a call that is not there', '{billed_call_has_its_ledger_rows,charge_belongs_to_a_billed_call}', $$UPDATE credit_ledger SET call_id = gen_random_uuid() WHERE kind = 'call' AND user_id = :b$$),
  ('another user is charged', '{charge_belongs_to_a_billed_call}', pg_temp.call('of_b', $$user_id = :a$$)),
  ('a charged call is not billed', '{charge_belongs_to_a_billed_call,unbilled_call_costs_nothing}', pg_temp.call('of_b', 'billed_at = NULL')),
  ('a call is charged twice', '{billed_call_has_its_ledger_rows,call_is_charged_once}', $$SELECT pg_temp.book(:b, -0.35, 'call', 'of_b'), pg_temp.book(:b, 0.35, 'adjustment', 'of_b')$$),
  ('an unanswered call is refunded', '{billed_call_has_its_ledger_rows,correction_belongs_to_a_billed_call}', $$SELECT pg_temp.book(:a, 1, 'refund', 'missed')$$),
  ('another user is given the refund', '{correction_belongs_to_a_billed_call}', $$SELECT pg_temp.book(:a, 0.1, 'refund', 'of_b');$$ || pg_temp.call('of_b', 'credits_refunded = 0.1')),
  ('a correction of a call that is not there', '{correction_belongs_to_a_billed_call}',
    $$SELECT pg_temp.book(:a, 1, 'adjustment'); UPDATE credit_ledger SET call_id = gen_random_uuid() WHERE id = (SELECT max(id) FROM credit_ledger)$$),
  -- Holds
  ('a hold of a call that is not there', '{hold_is_of_an_open_call}', $$INSERT INTO worldtune_internal.holds VALUES (gen_random_uuid(), :a, 0, now())$$),
  ('a hold of a call that is over', '{hold_is_of_an_open_call}', $$INSERT INTO worldtune_internal.holds SELECT id, user_id, 0, now() FROM call_logs WHERE call_sid = 'missed'$$),
  ('a hold of the earlier application''s call', '{hold_is_of_an_open_call}', $$WITH old AS (
    INSERT INTO call_logs (user_id, call_sid, status) VALUES (:a, 'old', 'ringing') RETURNING *) INSERT INTO worldtune_internal.holds SELECT id, user_id, 0, now() FROM old$$),
  ('more is held than was ever owned', '{holds_were_available}', pg_temp.hold('open', 6000)),
  ('what one user holds is not another''s', '{}', pg_temp.hold('open', 900)),
  ('what came in later does not excuse it', '{holds_were_available}', pg_temp.hold('open', 6000) || $$; SELECT pg_temp.book(:a, 1, 'adjustment')$$),
  ('what was spent later does', '{}', $$SELECT pg_temp.book(:a, -12, 'adjustment')$$),
  ('two hold together what one could', '{holds_were_available}', pg_temp.hold('open', 600) || $$; INSERT INTO call_logs (user_id, status, phone_number, price_source, prefix, rate, connection_fee,
      minimum_seconds, increment_seconds, max_seconds, credits_held, authorized_at)
    SELECT user_id, status, phone_number, 'override', prefix, rate, connection_fee, minimum_seconds, increment_seconds, max_seconds, credits_held, clock_timestamp() FROM call_logs WHERE call_sid = 'open';
    INSERT INTO worldtune_internal.holds (call_id, user_id, credits, due_at) SELECT id, user_id, credits_held, now() FROM call_logs WHERE call_sid IS NULL$$),
  -- Payments
  ('a payment bought more', '{purchase_is_its_payment}', $$UPDATE transactions SET credits_added = 11 WHERE payment_intent_id = 'pi_1'$$),
  ('a payment is another user''s', '{purchase_is_its_payment}', $$UPDATE transactions SET user_id = :b WHERE payment_intent_id = 'pi_1'$$),
  ('a booked payment is not in the ledger', '{purchase_is_its_payment}',
    $$INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, booked_at) VALUES (:a, 1, 1, 'pi_4', now())$$),
  ('a purchase was never booked', '{purchase_is_its_payment}', $$UPDATE transactions SET booked_at = NULL WHERE payment_intent_id = 'pi_1'$$),
  ('a payment is in the ledger twice', '{payment_adds_credit_once}', $$SELECT pg_temp.book(:a, 10, 'purchase', payment => 'pi_1')$$),
  ('a payment is booked twice', '{payment_adds_credit_once}',
    $$INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, booked_at) VALUES (:a, 10, 10, 'pi_1', now()); SELECT pg_temp.book(:a, 10, 'purchase', payment => 'pi_1')$$),
  ('less is taken back than was bought', '{chargeback_is_of_a_purchase}', $$SELECT pg_temp.book(:a, -9, 'chargeback', payment => 'pi_1')$$),
  ('a payment is taken back from another user', '{chargeback_is_of_a_purchase}', $$SELECT pg_temp.book(:b, -10, 'chargeback', payment => 'pi_1')$$),
  ('a payment that never was is taken back', '{chargeback_is_of_a_purchase}',
    $$INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id) VALUES (:a, 1, 1, 'pi_4'); SELECT pg_temp.book(:a, -1, 'chargeback', payment => 'pi_4')$$),
  ('the carrier charges for a call that is not there', '{carrier_charge_is_of_a_call}',
    $$INSERT INTO worldtune.carrier_charges (call_id, item, sid, amount) VALUES (gen_random_uuid(), 'both_legs', 'CA1', 1)$$),
  ('a payment is taken back twice', '{purchase_is_reversed_once}', $$SELECT pg_temp.book(:a, -5, 'chargeback', payment => 'pi_2')$$);
-- What each plant finds where that is not what it should.
SELECT plant, finds, found FROM plants, LATERAL (SELECT pg_temp.plant(replace(replace(command, ':a', quote_literal(:'a')), ':b', quote_literal(:'b'))) AS found) f
  WHERE found <> finds ORDER BY n;
SELECT count(*) AS plants FROM plants;
-- The rules that a plant is shown for.
SELECT DISTINCT unnest(finds) AS invariant FROM plants ORDER BY 1;
ROLLBACK;
