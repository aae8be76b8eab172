-- The second leg of a call in a conference is dialled once.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 400), (:bob, 30);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT status FROM worldtune.record_call_status('CA2', 'failed');
SET LOCAL ROLE worldtune_relay;
SELECT worldtune.claim_dial(:bob, 'CA1');
SELECT worldtune.find_dial(:alice, 'CA1');
SELECT worldtune.claim_dial(:alice, 'CA1');
SELECT worldtune.claim_dial(:alice, 'CA1');
SELECT worldtune.find_dial(:alice, 'CA1');
SELECT worldtune.name_dial(:alice, 'CA1', 'CA9');
SELECT worldtune.find_dial(:alice, 'CA1');
SELECT worldtune.find_dial(:bob, 'CA1');
SELECT worldtune.claim_dial(:alice, 'CA2');
SELECT worldtune.claim_dial(:alice, 'CA3');
RESET ROLE;
-- They are kept for a day.
UPDATE worldtune_internal.dials SET claimed_at = now() - interval '25 hours';
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA4');
SELECT worldtune.claim_dial(:alice, 'CA4');
SELECT count(*) FROM worldtune_internal.dials;
