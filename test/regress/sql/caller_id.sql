-- Decks may price by the number that a call shows: checks, authorisation and the bill take the same one.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes\nFR,France,any,0.60,,33\nFR,France,from NANP,0.30,1,33\nDE,Germany,from NANP alone,0.20,1,49\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 6);
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';
-- Nobody says which number calls show: the row for any.
SELECT allowed, reason, rate FROM worldtune.check_credit('+33123456789');
SELECT allowed, reason, rate FROM worldtune.check_credit('+493012345678');
SELECT allowed, rate, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA1');
SELECT status FROM worldtune.record_call_status('CA1', 'busy');
-- The request says it.
SELECT allowed, rate FROM worldtune.user_check_credit(:alice, '+33123456789', caller_id => '+15005550006');
SELECT allowed, rate, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA2', '+15005550006');
SELECT status FROM worldtune.record_call_status('CA2', 'busy');
-- The operator says it for all requests that do not.
UPDATE worldtune.settings SET caller_id = '+15005550006';
SELECT allowed, rate FROM worldtune.check_credit('+33123456789');
SELECT allowed, rate FROM worldtune.check_credit('+493012345678');
SELECT allowed, rate FROM worldtune.user_check_credit(:alice, '+33123456789', caller_id => '+442079460958');
SELECT allowed, rate, max_seconds FROM worldtune.authorize_call(:alice, '+33123456789', 'CA3');
SELECT billed_seconds, credits_used, balance FROM worldtune.record_call_status('CA3', 'completed', 61);
\set VERBOSITY terse
UPDATE worldtune.settings SET caller_id = 'Worldtune';
-- The call keeps what it showed and what picked its price, a refused one too.
SELECT allowed, reason FROM worldtune.authorize_call(:alice, '+81312345678', 'CA4', '+44 20 7946 0958');
SELECT call_sid, status, caller_id, price_source, prefix, origination FROM call_logs ORDER BY call_sid;
ROLLBACK;
