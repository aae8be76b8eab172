-- A user's calls and ledger in pages, newest first: no row is lost between two of them.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id) VALUES (:bob);
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';

-- Who has just signed up and has no row yet.
SET LOCAL ROLE authenticated;
SELECT * FROM worldtune.my_account();
SELECT * FROM worldtune.my_ledger();
SELECT * FROM worldtune.call_history();
RESET ROLE;
SELECT * FROM worldtune.user_account(:alice);

INSERT INTO users (id) VALUES (:alice);
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 10), worldtune.add_credits(:bob, 10, 'pi_2', 10);
CREATE FUNCTION pg_temp.billed(sid text) RETURNS numeric LANGUAGE sql AS $$
  SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', sid);
  SELECT balance FROM worldtune.record_call_status(sid, 'completed', 61);
$$;
SELECT pg_temp.billed('CA1');
SELECT pg_temp.billed('CA2');
SELECT worldtune.refund_call('CA1', 0.5, note => 'bad line');
SELECT worldtune.adjust_credits(:alice, 1, 'a present') > 0 AS adjusted;

-- Own entries alone, with what they are about.
SET LOCAL ROLE authenticated;
SELECT kind, delta, balance_after, call_sid, transaction_id IS NOT NULL AS bought, call_id IS NOT NULL AS called FROM worldtune.my_ledger();
SELECT * FROM worldtune.user_ledger(:bob);
RESET ROLE;
SELECT kind, delta FROM worldtune.user_ledger(:bob);
-- The order of booking is the order of time, even when the clock is set back.
SET LOCAL session_replication_role = replica;
ALTER TABLE credit_ledger DISABLE TRIGGER USER;
UPDATE credit_ledger SET created_at = created_at + interval '1 hour' WHERE user_id = :alice AND kind = 'adjustment';
SET LOCAL session_replication_role = origin;
SELECT pg_temp.billed('CA3');
SELECT kind, created_at >= lag(created_at) OVER (ORDER BY entry_id) AS later FROM worldtune.user_ledger(:alice) ORDER BY entry_id;

-- Entries of one instant stay together; the last instant of a page begins the next one.
CREATE FUNCTION pg_temp.ledger_pages(size int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  before timestamptz;
  line text;
BEGIN
  LOOP
    SELECT min(created_at), string_agg(kind || ' ' || balance_after, ', ' ORDER BY entry_id DESC) INTO before, line
    FROM worldtune.user_ledger('00000000-0000-0000-0000-00000000000a', size, before);
    EXIT WHEN line IS NULL;
    RETURN NEXT line;
  END LOOP;
END
$$;
SELECT * FROM pg_temp.ledger_pages(4);
SET LOCAL session_replication_role = replica;
UPDATE credit_ledger SET created_at = CASE WHEN kind = 'purchase' THEN '2024-01-01' WHEN delta > 0 THEN '2024-01-03' ELSE '2024-01-02' END::timestamptz WHERE user_id = :alice;
UPDATE credit_ledger SET created_at = '2024-01-02' WHERE user_id = :alice AND kind = 'refund';
UPDATE credit_ledger SET created_at = '2024-01-03' WHERE user_id = :alice AND id = (SELECT max(id) FROM credit_ledger);
SET LOCAL session_replication_role = origin;
SELECT * FROM pg_temp.ledger_pages(1);
SELECT * FROM pg_temp.ledger_pages(3);
SELECT * FROM pg_temp.ledger_pages(1000);

-- The calls of one transaction are of one instant.
SELECT pg_temp.billed('CA4');
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = '2024-01-01' WHERE call_sid IN ('CA1', 'CA2');
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = origin;
SET LOCAL ROLE authenticated;
SELECT call_sid FROM worldtune.call_history(1) ORDER BY 1;
SELECT call_sid FROM worldtune.call_history(1, (SELECT min(created_at) FROM worldtune.call_history(1))) ORDER BY 1;
SELECT call_sid FROM worldtune.call_history(3) ORDER BY 1;
SELECT * FROM worldtune.my_ledger(0);
SELECT * FROM worldtune.my_ledger(1001);
SELECT * FROM worldtune.my_ledger(NULL);
SET LOCAL request.jwt.claims = '';
SELECT * FROM worldtune.my_ledger();
ROLLBACK;
