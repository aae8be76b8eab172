-- Calls of the earlier application are never taken for ours, not by their id nor, where the index is missing, by a SID that is the same.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set VERBOSITY sqlstate
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10);
INSERT INTO call_logs (id, user_id, call_sid, status) VALUES ('00000000-0000-0000-0000-0000000000c1', :alice, 'CA1', 'queued');
SELECT status FROM worldtune.abandon_call('00000000-0000-0000-0000-0000000000c1', :alice, 'no such thing');
SELECT status FROM worldtune.attach_call('00000000-0000-0000-0000-0000000000c1', 'CA1', :alice);
SELECT status FROM worldtune.record_call_status('CA1', 'completed', 61);
DROP INDEX worldtune_call_sid;
SELECT status FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT status, billed, credits_used FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT authorized_at IS NOT NULL AS ours, status, credits_used FROM call_logs ORDER BY 1;
-- Nor do they say which decks there were: the next deck gets an id of its own.
UPDATE call_logs SET deck_id = 9223372036854775807 WHERE authorized_at IS NULL;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT deck_id < 9223372036854775807 AS imported FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');

-- The first answer says when a call is due; another does not put it off.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT status FROM worldtune.record_call_status('CA2', 'in-progress', occurred_at => now() - interval '10 minutes');
SELECT status FROM worldtune.record_call_status('CA2', 'in-progress', NULL, 'CAd1', now());
SELECT h.due_at = c.answered_at + c.max_seconds * interval '1 second' AS due_after_the_first, c.answered_at = now() - interval '10 minutes' AS answered_then
  FROM worldtune_internal.holds h JOIN call_logs c ON c.id = h.call_id;

-- An own connection fee alone makes the price an own one.
INSERT INTO worldtune.rate_overrides (prefix, connection_fee) VALUES ('44', 0.05);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA3');
SELECT price_source, rate, connection_fee FROM call_logs WHERE call_sid = 'CA3';
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
