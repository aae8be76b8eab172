-- A moment that is none is refused: nothing is recorded.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 10);
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT status FROM worldtune.record_call_status('CA1', 'in-progress', occurred_at => 'infinity');
SELECT status FROM worldtune.record_call_status('CA1', 'completed', 61, occurred_at => '-infinity');
SELECT status, answered_at, ended_at, credits_used FROM call_logs;
SELECT * FROM worldtune.check_integrity();
-- A carrier's clock that is far behind keeps nobody from finding what is overdue.
SELECT count(*) FROM worldtune.user_live_snapshot('00000000-0000-0000-0000-00000000000a');
SELECT status FROM worldtune.record_call_status('CA1', 'in-progress', occurred_at => '1900-01-01');
SELECT open_calls, overdue_seconds FROM worldtune.operating_figures();
SELECT call_sid, why, overdue_seconds FROM worldtune.overdue_calls();
SELECT type, duration_seconds, seconds_left FROM worldtune.user_live_snapshot('00000000-0000-0000-0000-00000000000a') WHERE call_id IS NOT NULL;
SELECT status, credits_used FROM worldtune.record_call_status('CA1', 'completed', 61, occurred_at => '4713-01-01 BC');
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
