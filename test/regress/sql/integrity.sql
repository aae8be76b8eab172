-- Each check of check_integrity() catches what it is for: violations planted with the guards removed.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id) VALUES ('00000000-0000-0000-0000-00000000000a'), ('00000000-0000-0000-0000-00000000000b');
SELECT worldtune.add_credits('00000000-0000-0000-0000-00000000000a', 10, 'pi_1', 10);
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT billed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA2');
SELECT * FROM worldtune.check_integrity();
ALTER TABLE users DISABLE TRIGGER USER;
ALTER TABLE credit_ledger DISABLE TRIGGER USER;
ALTER TABLE transactions DISABLE TRIGGER USER;
ALTER TABLE call_logs DISABLE TRIGGER USER;

-- What the check finds after the planted command, which is then undone.
CREATE FUNCTION pg_temp.plant(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  found text[];
BEGIN
  BEGIN
    EXECUTE command;
    found := ARRAY(SELECT invariant || ': ' || detail FROM worldtune.check_integrity() ORDER BY 1);
    RAISE EXCEPTION 'undo';
  EXCEPTION WHEN raise_exception THEN
  END;
  RETURN QUERY SELECT unnest(coalesce(nullif(found, '{}'), ARRAY['NOTHING FOUND']));
END
$$;
SELECT * FROM pg_temp.plant($$UPDATE users SET credit_balance = credit_balance + 1 WHERE id = '00000000-0000-0000-0000-00000000000a'$$);
SELECT * FROM pg_temp.plant($$UPDATE users SET credit_balance = 1 WHERE id = '00000000-0000-0000-0000-00000000000b'$$);
SELECT regexp_replace(f, 'entry \d+', 'entry N') FROM pg_temp.plant($$UPDATE credit_ledger SET balance_after = 0 WHERE kind = 'call'$$) f;
SELECT regexp_replace(f, 'entry \d+', 'entry N') FROM pg_temp.plant($$DELETE FROM credit_ledger WHERE kind = 'call'$$) f;
SELECT regexp_replace(f, 'entry \d+', 'entry N') FROM pg_temp.plant($$DELETE FROM credit_ledger WHERE kind = 'purchase'$$) f;
SELECT regexp_replace(f, 'entry \d+', 'entry N') FROM pg_temp.plant($$UPDATE call_logs SET billed_at = NULL WHERE call_sid = 'CA1'$$) f;
SELECT * FROM pg_temp.plant($$UPDATE call_logs SET credits_used = 0.6 WHERE call_sid = 'CA1'$$);
SELECT * FROM pg_temp.plant($$UPDATE call_logs SET billed_seconds = 60 WHERE call_sid = 'CA1'$$);
SELECT * FROM pg_temp.plant($$UPDATE call_logs SET status = 'busy' WHERE call_sid = 'CA2'$$);
SELECT * FROM pg_temp.plant($$UPDATE call_logs SET credits_held = 0 WHERE call_sid = 'CA2'$$);
SELECT regexp_replace(f, 'since .*', 'since T') FROM pg_temp.plant($$DELETE FROM worldtune_internal.holds$$) f;
SELECT * FROM pg_temp.plant($$UPDATE worldtune_internal.holds SET credits = 1$$);
SELECT * FROM pg_temp.plant($$UPDATE worldtune_internal.holds SET user_id = '00000000-0000-0000-0000-00000000000b'$$);
SELECT * FROM pg_temp.plant($$INSERT INTO worldtune_internal.holds (call_id, user_id, credits, due_at) VALUES ('00000000-0000-0000-0000-0000000000cc', '00000000-0000-0000-0000-00000000000a', 1, now())$$);
SELECT * FROM pg_temp.plant($$UPDATE call_logs SET credits_held = 100 WHERE call_sid = 'CA2'; UPDATE worldtune_internal.holds SET credits = 100; UPDATE credit_ledger SET created_at = '2026-01-01'$$);
SELECT * FROM pg_temp.plant($$UPDATE transactions SET credits_added = 20$$);
SELECT * FROM pg_temp.plant($$DROP INDEX worldtune_payment; INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, booked_at) VALUES ('00000000-0000-0000-0000-00000000000a', 10, 10, 'pi_1', now());
  INSERT INTO credit_ledger (user_id, delta, balance_after, kind, transaction_id) SELECT user_id, 10, 18.8, 'purchase', id FROM transactions WHERE id NOT IN (SELECT transaction_id FROM credit_ledger WHERE kind = 'purchase');
  UPDATE users SET credit_balance = 18.8 WHERE id = '00000000-0000-0000-0000-00000000000a'$$);
ROLLBACK;
