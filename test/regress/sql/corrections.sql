-- What happens after the bill: another duration, the carrier's own account, refunds, the operator's corrections.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id) VALUES (:alice), (:bob);
SELECT worldtune.add_credits(:alice, 10, 'pi_1', 10);
-- Each call of this file is authorised and billed 61 seconds, two minutes, 1.20.
CREATE FUNCTION pg_temp.billed(sid text) RETURNS numeric LANGUAGE sql AS $$
  SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', sid);
  SELECT balance FROM worldtune.record_call_status(sid, 'completed', 61);
$$;

-- A later source that counts another second changes nothing; beyond that the difference is booked, once, in both directions.
SELECT pg_temp.billed('CA1');
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 60);
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 62);
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 130);
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 130);
SELECT pg_temp.billed('CA2');
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA2', 'completed', 30);
-- Within the same billed minute only the duration is corrected.
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA2', 'completed', 40);
SELECT c.call_sid, l.kind, l.delta, l.note FROM credit_ledger l JOIN call_logs c ON c.id = l.call_id ORDER BY l.id;
SELECT call_sid, duration_seconds, reported_seconds FROM call_logs ORDER BY call_sid;

-- The carrier's own account has the last word.
SELECT pg_temp.billed('CA3');
SELECT changed, status, billed_seconds, credits_used, balance, carrier_cost, differences FROM worldtune.reconcile_call('CA3', 'completed', 61, -0.0280);
SELECT changed, differences FROM worldtune.reconcile_call('CA3', 'completed', 61, -0.0280);
SELECT changed, status, billed_seconds, credits_used, balance, differences FROM worldtune.reconcile_call('CA3', 'completed', 200, -0.0560);
SELECT changed, billed_seconds FROM worldtune.record_call_status('CA3', 'completed', 10);
SELECT pg_temp.billed('CA4');
SELECT changed, status, billed, billed_seconds, credits_used, balance, differences FROM worldtune.reconcile_call('CA4', 'no-answer');
-- So also when it comes before the callback, and when one second was billed: answered or not is no matter of tolerance.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA41');
SELECT changed, status, billed, balance FROM worldtune.reconcile_call('CA41', 'no-answer');
SELECT changed, status, billed, balance FROM worldtune.record_call_status('CA41', 'completed', 61);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA42');
SELECT changed, status, billed, billed_seconds, balance FROM worldtune.record_call_status('CA42', 'completed', 1);
SELECT changed, status, billed, billed_seconds, balance FROM worldtune.reconcile_call('CA42', 'no-answer');
SELECT changed, status, billed, billed_seconds, balance FROM worldtune.reconcile_call('CA42', 'busy', 40);
-- An account without seconds is no last word yet.
SELECT changed, status, billed, balance, differences FROM worldtune.reconcile_call('CA42', 'completed');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA43');
SELECT changed, status, billed, differences FROM worldtune.reconcile_call('CA43', 'completed');
SELECT changed, status, billed, billed_seconds FROM worldtune.record_call_status('CA43', 'completed', 10);
SELECT changed, status, billed, billed_seconds FROM worldtune.record_call_status('CA43', 'completed', 70);
-- A call that vanished is settled by it; one that still runs is left.
SELECT allowed, available FROM worldtune.authorize_call(:alice, '+442079460958', 'CA5');
SELECT changed, status, billed, balance, differences FROM worldtune.reconcile_call('CA5', 'in-progress', 20);
SELECT changed, status, billed, billed_seconds, balance, differences FROM worldtune.reconcile_call('CA5', 'completed', 20, 0.014, :alice);
SELECT * FROM worldtune.reconcile_call('CA5', 'completed', 20, 0.014, :bob);
SELECT call_sid, status, reconciled_at IS NOT NULL AS reconciled, credits_held FROM call_logs ORDER BY call_sid;

-- Of a refused call the carrier's account is no news.
SELECT allowed, reason FROM worldtune.authorize_call(:bob, '+442079460958', 'CA51');
SELECT changed, status, billed, carrier_cost FROM worldtune.reconcile_call('CA51', 'in-progress', NULL, 0.004);
SELECT changed, status, billed, carrier_cost FROM worldtune.reconcile_call('CA51', 'completed', 20, 0.004);
SELECT answered_at, reconciled_at, credits_used FROM call_logs WHERE call_sid = 'CA51';

-- Refunds: never more than was charged, in total.
SELECT pg_temp.billed('CA6');
SELECT worldtune.refund_call('CA6', 0.50, 'bad line');
SELECT worldtune.refund_call('CA6', 0.71, 'bad line');
SELECT worldtune.refund_call('CA6', 0.70, 'bad line', :bob);
SELECT worldtune.refund_call('CA6', note => 'the rest');
SELECT worldtune.refund_call('CA6', note => 'again');
SELECT worldtune.refund_call('CA6', 0.000001);
SELECT worldtune.refund_call('CA6', 0);
SELECT worldtune.refund_call('CA6', -1);
SELECT worldtune.refund_call('CA404');
-- A correction downwards gives back no more than the refund left.
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA6', 'completed', 30);
SELECT pg_temp.billed('CA7');
SELECT worldtune.refund_call('CA7', 1);
SELECT changed, billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA7', 'completed', 30);
SELECT l.kind, l.delta, l.note FROM credit_ledger l JOIN call_logs c ON c.id = l.call_id WHERE c.call_sid IN ('CA6', 'CA7') ORDER BY l.id;

-- The operator's own corrections say why; they may lead into debt, and who is in debt cannot call.
SELECT worldtune.adjust_credits(:bob, 1.5, 'welcome');
SELECT worldtune.adjust_credits(:bob, -2, 'chargeback of pi_9');
SELECT worldtune.adjust_credits(:bob, 1, '  ');
SELECT worldtune.adjust_credits(:bob, 1, NULL);
SELECT worldtune.adjust_credits(:bob, 0, 'nothing');
SELECT worldtune.adjust_credits('00000000-0000-0000-0000-0000000000ff', 1, 'nobody');
SELECT allowed, reason, balance FROM worldtune.authorize_call(:bob, '+442079460958');
SELECT kind, delta, balance_after, note FROM credit_ledger WHERE user_id = :bob ORDER BY id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
