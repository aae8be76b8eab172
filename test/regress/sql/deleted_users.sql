-- What the carrier tells of the calls of users who were deleted: answered without an error, and the books know it under the bare uuid.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10), (:bob, 10);
UPDATE worldtune.settings SET max_call_seconds = 300;
CREATE FUNCTION pg_temp.books() RETURNS TABLE ("user" text, call text, kind text, delta numeric, balance_after numeric, note text) LANGUAGE sql AS $$
  SELECT right(l.user_id::text, 1), c.call_sid, l.kind, l.delta, l.balance_after, l.note FROM credit_ledger l LEFT JOIN call_logs c ON c.id = l.call_id ORDER BY l.id
$$;

-- The guard keeps whoever is talking. The carrier says that the call failed, the user leaves, and then the seconds turn up.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT status FROM worldtune.record_call_status('CA1', 'in-progress');
DELETE FROM users WHERE id = :alice;
SELECT status, billed FROM worldtune.record_call_status('CA1', 'failed');
DELETE FROM users WHERE id = :alice;
SELECT status, changed, billed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 61, user_id => :alice);
SELECT status, changed, billed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT * FROM pg_temp.books();
SELECT * FROM worldtune.check_integrity();
-- Corrected, by a callback and by the carrier's account.
SELECT changed, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 130);
SELECT changed, credits_used, balance FROM worldtune.reconcile_call('CA1', 'completed', 30);
SELECT * FROM pg_temp.books() OFFSET 5;
SELECT item, detail, amount FROM worldtune.user_explain_charge(:alice, 'CA1') WHERE item IN ('charge', 'correction', 'paid');
SELECT * FROM worldtune.check_integrity();
-- Nobody is there to be given anything.
SELECT worldtune.refund_call('CA1');

-- Deleted behind the guard's back while the call is open: the end settles it, the hold goes.
SELECT allowed FROM worldtune.authorize_call(:bob, '+442079460958', 'CA2');
SELECT allowed FROM worldtune.authorize_call(:bob, '+442079460958', 'CA3');
ALTER TABLE users DISABLE TRIGGER "~worldtune_guard";
DELETE FROM users WHERE id = :bob;
ALTER TABLE users ENABLE TRIGGER "~worldtune_guard";
SELECT status, billed, balance FROM worldtune.record_call_status('CA2', 'in-progress');
SELECT status, billed, credits_used, balance FROM worldtune.record_call_status('CA2', 'completed', 10);
SELECT status, billed, credits_used, balance FROM worldtune.record_call_status('CA2', 'completed', 10);
SELECT status, billed, balance FROM worldtune.record_call_status('CA3', 'busy');
SELECT count(*) AS holds FROM worldtune_internal.holds;
SELECT * FROM pg_temp.books() WHERE "user" = 'b';
SELECT kind, d.remark IS NULL AS no_remark, d.role = current_user AS by_me FROM credit_ledger l JOIN worldtune.ledger_details d ON d.entry_id = l.id WHERE note = 'user deleted' AND l.user_id = :bob ORDER BY l.id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
