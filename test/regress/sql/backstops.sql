-- Below the functions: what keeps the books where somebody writes the tables directly, with whatever privileges were granted.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id) VALUES (:alice);
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 10);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');

-- Clients to whom somebody granted everything, and whom no policy holds.
GRANT USAGE ON SCHEMA public TO anon, authenticated;
GRANT ALL ON users, transactions, call_logs TO anon, authenticated;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
ALTER TABLE transactions DISABLE ROW LEVEL SECURITY;
ALTER TABLE call_logs DISABLE ROW LEVEL SECURITY;
CREATE FUNCTION pg_temp.attempts() RETURNS TABLE (attempt text, answer text) LANGUAGE plpgsql AS $$
BEGIN
  FOREACH attempt IN ARRAY ARRAY[
    'UPDATE public.users SET credit_balance = 1000',
    'INSERT INTO public.users (id, credit_balance) VALUES (gen_random_uuid(), 1000)',
    'INSERT INTO public.users (id) VALUES (gen_random_uuid())',
    'UPDATE public.call_logs SET credits_held = 0 WHERE call_sid = ''CA2''',
    'UPDATE public.call_logs SET ended_at = now() WHERE call_sid = ''CA2''',
    'UPDATE public.call_logs SET credits_used = 0 WHERE call_sid = ''CA1''',
    'INSERT INTO public.call_logs (user_id, call_sid, status, duration_minutes, credits_used, authorized_at, billed_at) VALUES (''00000000-0000-0000-0000-00000000000a'', ''CA9'', ''completed'', 1, 1, now(), now())',
    'DELETE FROM public.call_logs WHERE call_sid = ''CA1''',
    'INSERT INTO public.transactions (user_id, amount, credits_added, payment_intent_id, status, booked_at) VALUES (''00000000-0000-0000-0000-00000000000a'', 1, 1, ''pi_forged'', ''completed'', now())',
    'UPDATE public.transactions SET credits_added = 1000 WHERE payment_intent_id = ''pi_1''',
    'DELETE FROM public.transactions WHERE payment_intent_id = ''pi_1''',
    'UPDATE public.credit_ledger SET delta = 1000',
    'INSERT INTO public.credit_ledger (user_id, delta, balance_after, kind) VALUES (''00000000-0000-0000-0000-00000000000a'', 1000, 1000, ''adjustment'')'] LOOP
    BEGIN
      EXECUTE attempt;
      RAISE SQLSTATE 'WT000';
    EXCEPTION WHEN OTHERS THEN
      answer := CASE SQLSTATE WHEN 'WT000' THEN 'done' ELSE SQLSTATE END;
    END;
    RETURN NEXT;
  END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.attempts() TO anon, authenticated;
SELECT nspname AS temporary FROM pg_namespace WHERE oid = pg_my_temp_schema() \gset
GRANT USAGE ON SCHEMA :temporary TO anon, authenticated;
SET LOCAL ROLE anon;
SELECT answer, left(attempt, 70) AS anon FROM pg_temp.attempts();
SET LOCAL ROLE authenticated;
SELECT answer, left(attempt, 70) AS authenticated FROM pg_temp.attempts();
RESET ROLE;
SELECT * FROM worldtune.check_integrity();

-- No call is charged twice and no payment credited twice, not even by hand past the guard; other kinds may repeat.
\set VERBOSITY terse
\set ledger 'INSERT INTO credit_ledger (user_id, delta, balance_after, kind, call_id, transaction_id) SELECT user_id, delta, balance_after,'
:ledger kind, call_id, transaction_id FROM credit_ledger WHERE kind = 'call';
SAVEPOINT guarded;
ALTER TABLE credit_ledger DISABLE TRIGGER USER;
:ledger kind, call_id, transaction_id FROM credit_ledger WHERE kind = 'call';
:ledger kind, call_id, transaction_id FROM credit_ledger WHERE kind = 'purchase';
:ledger 'adjustment', call_id, transaction_id FROM credit_ledger WHERE kind = 'call';
ROLLBACK TO SAVEPOINT guarded;
SELECT relname AS unique_index FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indisunique AND relnamespace = 'public'::regnamespace AND relname LIKE 'worldtune\_%' ORDER BY relname COLLATE "C";

-- A payment that the application noted as pending is completed: with what was paid, not with what was expected.
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (:alice, 5, 5, 'pi_pending', 'pending');
SELECT worldtune.add_credits(:alice, 4, 'pi_pending', 4.5);
SELECT amount, credits_added, status, booked_at IS NOT NULL AS booked FROM transactions WHERE payment_intent_id = 'pi_pending';
-- Told again it answers the same, whatever happened since; with other figures it is no repeat.
SELECT worldtune.adjust_credits(:alice, -1, 'by the test');
SELECT worldtune.add_credits(:alice, 4, 'pi_pending', 4.5);
SELECT worldtune.add_credits(:alice, 4.000001, 'pi_pending', 4.5);
SELECT worldtune.add_credits(:alice, 4, 'pi_pending', 4.499999);
INSERT INTO users (id) VALUES ('00000000-0000-0000-0000-00000000000b');
SELECT worldtune.add_credits('00000000-0000-0000-0000-00000000000b', 4, 'pi_pending', 4.5);
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
