-- The back office's entries: made once for their key, with who and why where the user cannot read it.
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
SELECT (worldtune.authorize_call(:alice, '+442079460958', sid)).allowed, (worldtune.record_call_status(sid, 'completed', 61)).billed
FROM unnest(ARRAY['CA1', 'CA2']) sid;
SET LOCAL ROLE service_role;

-- Adjusting: the same key of the same user answers what it answered, whatever happened since; the first note stays.
SELECT worldtune.adjust_credits(:alice, 1.5, 'lost luggage', 'ticket-1');
SELECT worldtune.adjust_credits(:alice, -0.25, 'and another', 'ticket-2');
SELECT worldtune.adjust_credits(:alice, 1.5, 'lost luggage, again', 'ticket-1');
SELECT worldtune.adjust_credits(:alice, 1.6, 'lost luggage', 'ticket-1');
SELECT worldtune.adjust_credits(:alice, -1.5, 'lost luggage', 'ticket-1');
SELECT worldtune.refund_call('CA1', 1.5, 'lost luggage', :alice, 'ticket-1');
-- Another user's keys are others; without a key each request counts.
SELECT worldtune.adjust_credits(:bob, 1.5, 'lost luggage', 'ticket-1');
SELECT worldtune.adjust_credits(:bob, 1, 'once'), worldtune.adjust_credits(:bob, 1, 'once');
-- What failed left no key behind.
SELECT worldtune.adjust_credits(:alice, 1, ' ', 'ticket-3');
SELECT worldtune.adjust_credits(:alice, 1, 'now with a reason', 'ticket-3');
SELECT worldtune.adjust_credits('00000000-0000-0000-0000-0000000000ff', 1, 'nobody', 'ticket-1');
-- 1 to 255 characters, of any length in bytes.
SELECT worldtune.adjust_credits(:bob, 1, 'long', repeat('ż', 255)), worldtune.adjust_credits(:bob, 1, 'long', repeat('ż', 255));
SELECT worldtune.adjust_credits(:bob, 1, 'longer', repeat('k', 256));
SELECT worldtune.adjust_credits(:bob, 1, 'empty', '');

-- Refunding: of the same call, the same credits.
SELECT worldtune.refund_call('CA1', 0.50, 'bad line', NULL, 'refund-1');
SELECT worldtune.refund_call('CA1', 0.50, 'bad line', :alice, 'refund-1');
SELECT worldtune.refund_call('CA1', 0.40, 'bad line', :alice, 'refund-1');
SELECT worldtune.refund_call('CA2', 0.50, 'bad line', :alice, 'refund-1');
-- All that is left is another request than the half of it, and the same as the figure that it came to.
SELECT worldtune.refund_call('CA1', NULL, 'bad line', :alice, 'refund-1');
SELECT worldtune.refund_call('CA1', NULL, 'the rest', :alice, 'refund-2');
SELECT worldtune.refund_call('CA1', NULL, 'the rest', :alice, 'refund-2');
SELECT worldtune.refund_call('CA1', 0.70, 'the rest', :alice, 'refund-2');
-- So also after the bill was corrected meanwhile.
SELECT billed_seconds, credits_used, balance FROM worldtune.reconcile_call('CA1', 'completed', 130);
SELECT worldtune.refund_call('CA1', NULL, 'the rest', :alice, 'refund-2');
SELECT worldtune.refund_call('CA1', NULL, 'bad line', :alice, 'refund-1');
-- Nothing left is nothing to remember.
SELECT worldtune.refund_call('CA1', NULL, 'what the correction took', :alice, 'refund-3'), worldtune.refund_call('CA1', NULL, 'nothing', :alice, 'refund-4');
SELECT worldtune.refund_call('CA1', 0.01, 'too much', :alice, 'refund-4');
SELECT worldtune.refund_call('CA2', 0.01, 'bad line', :alice, '');
SELECT worldtune.refund_call('CA2', 0.01, 'bad line', :alice, repeat('k', 256));

-- The user reads what happened, and not what the back office says of it.
RESET ROLE;
SELECT kind, delta, note FROM credit_ledger WHERE user_id = :alice ORDER BY id;
SELECT d.role, d.remark, d.idempotency_key FROM worldtune.ledger_details d JOIN credit_ledger l ON l.id = d.entry_id
WHERE d.user_id = :alice AND l.kind IN ('adjustment', 'refund') ORDER BY l.id;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a"}';
SELECT count(*) FROM credit_ledger WHERE note LIKE '%luggage%' OR note LIKE '%line%';
SELECT remark FROM worldtune.ledger_details;
SELECT worldtune.adjust_credits(:alice, 1, 'please', 'key');
SELECT worldtune.refund_call('CA2', NULL, 'please', :alice, 'key');
RESET ROLE;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
