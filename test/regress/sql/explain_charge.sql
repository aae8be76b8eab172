-- How each kind of call came to its price: every step, and whether the sum is what was booked.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,rate,connection_fee,minimum_seconds,increment_seconds\n44,United Kingdom,GB,0.60,0,60,60\n33,France,FR,0.10,0.05,30,6\n39,Italy,IT,0.000007,0,1,1\n49,Germany,DE,0,0,60,60\n', 'spring', allow_free => true);
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 100), (:bob, 0.5);
-- The id of a deck is whatever it is in this database.
CREATE FUNCTION pg_temp.explained(caller uuid, call text) RETURNS TABLE (step int, item text, detail text, amount numeric) LANGUAGE sql AS $$
  SELECT step, item, regexp_replace(detail, '^deck \d+', 'deck N'), amount FROM worldtune.user_explain_charge(caller, call)
$$;
CREATE FUNCTION pg_temp.explained(call text) RETURNS TABLE (step int, item text, detail text, amount numeric) LANGUAGE sql AS $$
  SELECT * FROM pg_temp.explained('00000000-0000-0000-0000-00000000000a', call)
$$;
CREATE FUNCTION pg_temp.billed(sid text, number text, seconds int) RETURNS numeric LANGUAGE sql AS $$
  SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', number, sid);
  SELECT credits_used FROM worldtune.record_call_status(sid, 'completed', seconds);
$$;

-- By the deck: whole minutes.
SELECT pg_temp.billed('CA1', '+442079460958', 61);
SELECT * FROM pg_temp.explained('CA1');
-- Connection fee, minimum, increments.
SELECT pg_temp.billed('CA2', '+33123456789', 37);
SELECT * FROM pg_temp.explained('CA2');
-- Rounded half up at the end.
SELECT pg_temp.billed('CA3', '+390612345678', 4), pg_temp.billed('CA31', '+390612345678', 5);
SELECT item, detail, amount FROM pg_temp.explained('CA3') WHERE item IN ('rounding', 'paid');
SELECT item, detail, amount FROM pg_temp.explained('CA31') WHERE item IN ('rounding', 'paid');
-- Free.
SELECT pg_temp.billed('CA4', '+493012345678', 61);
SELECT item, detail, amount FROM pg_temp.explained('CA4') WHERE amount IS NOT NULL;
-- Talked on beyond what was authorised.
UPDATE worldtune.settings SET max_call_seconds = 120;
SELECT pg_temp.billed('CA5', '+442079460958', 130), pg_temp.billed('CA51', '+442079460958', 120);
UPDATE worldtune.settings SET max_call_seconds = 14400;
SELECT * FROM pg_temp.explained('CA5') WHERE item IN ('talked', 'authorised', 'billed', 'charge', 'paid');
SELECT detail FROM pg_temp.explained('CA51') WHERE item = 'authorised';

-- The operator's own price, for a whole number and for a fee alone.
INSERT INTO worldtune.rate_overrides (prefix, rate, connection_fee) VALUES ('4420', 0.41, 0.02);
INSERT INTO worldtune.rate_overrides (prefix, connection_fee) VALUES ('331', 0.07);
SELECT pg_temp.billed('CA6', '+442079460958', 61), pg_temp.billed('CA7', '+33123456789', 37);
SELECT * FROM pg_temp.explained('CA6');
SELECT * FROM pg_temp.explained('CA7') WHERE item IN ('override', 'deck', 'prefix', 'connection_fee', 'rate', 'charge', 'paid');
-- The operator has changed one since, and deleted the other: what they said then counts.
UPDATE worldtune.rate_overrides SET rate = 0.5 WHERE prefix = '4420';
DELETE FROM worldtune.rate_overrides WHERE prefix = '331';
SELECT item, detail, amount FROM pg_temp.explained('CA6') WHERE item IN ('override', 'rate', 'paid');
SELECT item, detail, amount FROM pg_temp.explained('CA7') WHERE item IN ('override', 'connection_fee', 'paid');
DELETE FROM worldtune.rate_overrides;

-- By the caller ID.
SELECT rates FROM worldtune.import_rates(E'ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes\nFR,France,any,0.60,,33\nFR,France,from NANP,0.30,1,33\nGB,United Kingdom,any,0.60,,44\nIT,Italy,any,0.10,,39\nDE,Germany,any,0.10,,49\n', 'by origin');
SELECT allowed FROM worldtune.authorize_call(:alice, '+33123456789', 'CA8', '+15005550006');
SELECT billed FROM worldtune.record_call_status('CA8', 'completed', 60);
SELECT * FROM pg_temp.explained('CA8');

-- Corrected by a later callback, within the same minute too, then by the carrier's own account.
SELECT pg_temp.billed('CA9', '+442079460958', 61);
SELECT changed, credits_used FROM worldtune.record_call_status('CA9', 'completed', 130);
SELECT changed, credits_used FROM worldtune.record_call_status('CA9', 'completed', 150);
SELECT changed, credits_used FROM worldtune.reconcile_call('CA9', 'completed', 30);
SELECT step, item, detail, amount FROM pg_temp.explained('CA9') WHERE step >= 13;
-- Corrected to nothing: nobody had answered.
SELECT pg_temp.billed('CA91', '+442079460958', 61);
SELECT changed, credits_used FROM worldtune.reconcile_call('CA91', 'no-answer');
SELECT item, detail, amount FROM pg_temp.explained('CA91') WHERE item IN ('charge', 'correction', 'paid');
-- Refunded in part, corrected downwards only as far as that leaves, then in full.
SELECT pg_temp.billed('CA10', '+442079460958', 61);
SELECT worldtune.refund_call('CA10', 1, note => 'bad line') > 0 AS refunded;
SELECT item, detail, amount FROM pg_temp.explained('CA10') WHERE item IN ('charge', 'refund', 'paid');
SELECT changed, credits_used FROM worldtune.record_call_status('CA10', 'completed', 30);
SELECT item, detail, amount FROM pg_temp.explained('CA10') WHERE item IN ('charge', 'correction', 'refund', 'paid');
SELECT pg_temp.billed('CA11', '+442079460958', 61);
SELECT worldtune.refund_call('CA11') > 0 AS refunded;
SELECT item, detail, amount FROM pg_temp.explained('CA11') WHERE item IN ('charge', 'correction', 'refund', 'paid');
-- The amounts of charge, corrections and refunds add up to what was paid, for every call.
SELECT c.call_sid FROM call_logs c, LATERAL worldtune.user_explain_charge(c.user_id, c.call_sid) e GROUP BY c.call_sid
HAVING sum(e.amount) FILTER (WHERE e.item IN ('charge', 'correction', 'refund')) <> sum(e.amount) FILTER (WHERE e.item = 'paid')
  OR bool_or(e.item = 'paid' AND e.detail <> 'as booked');

-- In progress; over without an answer; refused, addressed by its id.
SELECT allowed FROM worldtune.authorize_call(:bob, '+33123456789', 'CA12');
SELECT * FROM pg_temp.explained(:bob, 'CA12') WHERE item <> 'deck';
SELECT status FROM worldtune.record_call_status('CA12', 'busy');
SELECT item, detail, amount FROM pg_temp.explained(:bob, 'CA12') WHERE step > 4;
SELECT call_id AS refused FROM worldtune.authorize_call(:bob, '+442079460958') \gset
SELECT item, detail, amount FROM pg_temp.explained(:bob, :'refused') WHERE item <> 'deck';
SELECT call_id AS unrated FROM worldtune.authorize_call(:bob, '+81312345678') \gset
SELECT item, detail, amount FROM pg_temp.explained(:bob, upper(:'unrated'));
-- Each reason in words.
SET LOCAL session_replication_role = replica;
INSERT INTO call_logs (user_id, call_sid, status, authorized_at, ended_at, reject_reason)
SELECT :bob, 'CR_' || reason, 'rejected', now(), now(), reason
FROM unnest(ARRAY['insufficient_credit', 'no_rate', 'destination_blocked', 'too_many_calls', 'too_many_destinations', 'spend_limit', 'suspended', 'else', NULL]) reason;
SET LOCAL session_replication_role = origin;
SELECT c.reject_reason, e.detail FROM call_logs c, LATERAL worldtune.user_explain_charge(:bob, c.id::text) e WHERE c.call_sid ~ '^CR_' AND e.item = 'refused' ORDER BY 1;
-- Which rule blocks a destination, but not its value: the list of blocks, the price, the countries, of the settings or of the user's own limits.
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('4420', 'for the operator alone');
UPDATE worldtune.settings SET max_rate = 0.25, denied_countries = '{IT}';
INSERT INTO worldtune.user_limits (user_id, allowed_countries) VALUES (:bob, '{GB,IT}');
SELECT worldtune.adjust_credits(:bob, 10, 'a test') > 0 AS able;
CREATE TEMP TABLE blocked AS SELECT position, a.* FROM unnest(ARRAY['+442079460958', '+441614960958', '+390612345678', '+493012345678']) WITH ORDINALITY AS n(number, position),
  LATERAL worldtune.authorize_call(:bob, number) a;
SELECT b.reason, e.detail FROM blocked b, LATERAL worldtune.user_explain_charge(:bob, b.call_id::text) e WHERE e.item = 'refused' ORDER BY position;
UPDATE worldtune.settings SET max_rate = NULL, denied_countries = NULL;
DELETE FROM worldtune.destination_blocks WHERE prefix = '4420';
DELETE FROM worldtune.user_limits;

-- What an own price leaves open is of the longest prefix of the deck, though the price itself is of a shorter one.
SAVEPOINT longer;
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n33,0.10\n3312,0.20\n331,0.15\n', 'longer', allow_losses => true);
SELECT pg_temp.billed('CA16', '+33123456789', 61);
INSERT INTO worldtune.rate_overrides (prefix, connection_fee) VALUES ('33', 0.01);
SELECT pg_temp.billed('CA15', '+33123456789', 61);
SELECT item, detail, amount FROM pg_temp.explained('CA15') WHERE item IN ('override', 'deck', 'prefix', 'paid');
SELECT item, detail, amount FROM pg_temp.explained('CA16') WHERE item IN ('deck', 'prefix', 'paid');
-- A shorter row did not price what a longer one did, that is gone.
SET LOCAL session_replication_role = replica;
DELETE FROM worldtune.rates WHERE prefix = '3312';
SET LOCAL session_replication_role = origin;
SELECT item, detail, amount FROM pg_temp.explained('CA16') WHERE item IN ('deck', 'prefix', 'paid');
ROLLBACK TO SAVEPOINT longer;
-- Of versions of an own price while the call was decided on, the one that priced it; of a call without a duration no fee is taken off.
SAVEPOINT versions;
INSERT INTO worldtune.rate_overrides (prefix, rate, connection_fee) VALUES ('3399', 0.30, 0.02);
SELECT pg_temp.billed('CA17', '+33991234567', 61);
SET LOCAL session_replication_role = replica;
INSERT INTO worldtune.rate_overrides_history (prefix, rate, connection_fee, since, set_by, until, ended_by)
  SELECT prefix, 0.90, connection_fee, since + interval '1 microsecond', set_by, since + interval '2 microseconds', set_by FROM worldtune.rate_overrides WHERE prefix = '3399';
SELECT item, detail, amount FROM pg_temp.explained('CA17') WHERE item IN ('override', 'paid');
UPDATE call_logs SET reported_seconds = '{}' WHERE call_sid = 'CA17';
SELECT item, amount FROM pg_temp.explained('CA17') WHERE item IN ('connection_fee', 'rounding', 'charge');
SET LOCAL session_replication_role = origin;
-- Priced three times, with a call in the middle: neither the price before nor the one after had a part in it.
INSERT INTO worldtune.rate_overrides (prefix, rate, since) VALUES ('3398', 0.40, now() - interval '1 hour');
SELECT pg_temp.billed('CA18', '+33981234567', 61);
SET LOCAL session_replication_role = replica;
INSERT INTO worldtune.rate_overrides_history (prefix, connection_fee, since, set_by, until, ended_by)
  SELECT prefix, 0.70, since - interval '1 hour', set_by, since, set_by FROM worldtune.rate_overrides WHERE prefix = '3398';
INSERT INTO worldtune.rate_overrides_history (prefix, rate, since, set_by, until, ended_by)
  SELECT prefix, rate, since, set_by, since + interval '2 hours', set_by FROM worldtune.rate_overrides WHERE prefix = '3398';
UPDATE worldtune.rate_overrides SET rate = 0.50, since = since + interval '2 hours' WHERE prefix = '3398';
SET LOCAL session_replication_role = origin;
SELECT item, detail, amount FROM pg_temp.explained('CA18') WHERE item IN ('override', 'paid');
SET LOCAL session_replication_role = replica;
ALTER TABLE worldtune.rate_overrides_history DISABLE TRIGGER ALL;
DELETE FROM worldtune.rate_overrides_history WHERE prefix = '3398' AND rate IS NOT NULL;
SET LOCAL session_replication_role = origin;
SELECT item, detail, amount FROM pg_temp.explained('CA18') WHERE item IN ('override', 'paid');
ROLLBACK TO SAVEPOINT versions;

-- A number that is kept masked.
SELECT pg_temp.billed('CA13', '+442079460958', 61);
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '1 day' WHERE call_sid = 'CA13';
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = origin;
SELECT worldtune.anonymize_numbers('1 hour');
SELECT item, detail, amount FROM pg_temp.explained('CA13') WHERE item IN ('number', 'deck', 'prefix', 'paid');
INSERT INTO worldtune.rate_overrides (prefix, connection_fee) VALUES ('44', 0.02);
UPDATE worldtune.settings SET store_masked_numbers = true;
SELECT pg_temp.billed('CA14', '+442079460958', 61);
SELECT item, detail, amount FROM pg_temp.explained('CA14') WHERE item IN ('number', 'override', 'deck', 'paid');

-- Billed by the earlier application, some with the SID of a call of ours.
INSERT INTO call_logs (id, user_id, created_at, call_sid, status, phone_number, duration_minutes, credits_used) VALUES
  ('00000000-0000-0000-0000-0000000000c1', :alice, '2024-01-01', 'CAold', 'completed', '+442079460958', 2, 0.30),
  ('00000000-0000-0000-0000-0000000000c2', :alice, '2024-01-02', 'CAold', 'completed', '+442079460958', 3, 0.45),
  ('00000000-0000-0000-0000-0000000000c3', :alice, now() + interval '1 day', 'CA1', 'completed', NULL, 3, 9);
SELECT * FROM pg_temp.explained('CAold');
SAVEPOINT decimals;
ALTER TABLE call_logs ALTER credits_used TYPE numeric;
UPDATE call_logs SET credits_used = 0.45000051 WHERE id = '00000000-0000-0000-0000-0000000000c2';
SELECT amount FROM pg_temp.explained('CAold');
ROLLBACK TO SAVEPOINT decimals;
SELECT * FROM pg_temp.explained('00000000-0000-0000-0000-0000000000c1');
SELECT amount FROM pg_temp.explained('CA1') WHERE item = 'paid';
SELECT * FROM pg_temp.explained('00000000-0000-0000-0000-0000000000c3');

-- Unknown calls, other people's, and nobody's.
SELECT * FROM pg_temp.explained(:bob, 'CA1');
SELECT * FROM pg_temp.explained('CA404');
SELECT * FROM pg_temp.explained('a name of just as many signs as uuid');
SELECT * FROM pg_temp.explained('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx');
SELECT * FROM pg_temp.explained('00000000-0000-0000-0000-0000000000ff');
SELECT * FROM worldtune.user_explain_charge(NULL, 'CA1');
SELECT * FROM worldtune.explain_charge('CA1');
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';
SET LOCAL ROLE authenticated;
SELECT item, detail, amount FROM worldtune.explain_charge('CA1') WHERE item IN ('number', 'paid');
SELECT * FROM worldtune.explain_charge('CA12');
SELECT * FROM worldtune.user_explain_charge(:bob, 'CA12');
RESET ROLE;

-- What was booked otherwise is told: in the call's row, its terms, the ledger, the durations, the deck.
CREATE FUNCTION pg_temp.planted(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  ALTER TABLE credit_ledger DISABLE TRIGGER USER;
  SET LOCAL session_replication_role = replica;
  EXECUTE change;
  SET LOCAL session_replication_role = origin;
  SELECT amount || ' ' || detail INTO answer FROM worldtune.user_explain_charge('00000000-0000-0000-0000-00000000000a', 'CA9') WHERE item = 'paid';
  RAISE EXCEPTION 'undone' USING DETAIL = answer;
EXCEPTION WHEN raise_exception THEN
  GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_DETAIL;
  RETURN answer;
END
$$;
SELECT pg_temp.planted($$UPDATE call_logs SET credits_used = 0.61 WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET billed_seconds = 120 WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET credits_refunded = 0.1 WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET max_seconds = 60 WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET rate = 0.61 WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET reported_seconds = '{61,130}' WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET reported_seconds = '{}' WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$UPDATE call_logs SET reported_seconds = reported_seconds || 200 WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$DELETE FROM credit_ledger l USING call_logs c WHERE c.id = l.call_id AND call_sid = 'CA9' AND kind = 'call'$$);
SELECT pg_temp.planted($$UPDATE credit_ledger l SET delta = -0.7 FROM call_logs c WHERE c.id = l.call_id AND call_sid = 'CA9' AND delta = -0.6$$);
SELECT pg_temp.planted($$UPDATE worldtune.rates r SET rate = 0.03 FROM call_logs c WHERE c.call_sid = 'CA9' AND r.deck_id = c.deck_id AND r.prefix = '44'$$);
-- Of a call that nobody answered, too.
SELECT pg_temp.planted($$UPDATE call_logs SET call_sid = 'CA99' WHERE call_sid = 'CA9'; UPDATE call_logs SET call_sid = 'CA9', user_id = '00000000-0000-0000-0000-00000000000a' WHERE call_sid = 'CA12';
  INSERT INTO credit_ledger (user_id, delta, balance_after, kind, call_id) SELECT user_id, -0.1, 0.1, 'call', id FROM call_logs WHERE call_sid = 'CA9'$$);
-- What stands in another user's books is not of this call.
SELECT pg_temp.planted($$INSERT INTO credit_ledger (user_id, delta, balance_after, kind, call_id) SELECT '00000000-0000-0000-0000-00000000000b', 0.1, 0.1, 'refund', id FROM call_logs WHERE call_sid = 'CA9'$$);
SELECT pg_temp.planted($$SELECT$$);
-- Of a call by an own price its fee, minimum and increment too.
CREATE FUNCTION pg_temp.planted_term(change text) RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.planted('UPDATE call_logs SET call_sid = ''CA99'' WHERE call_sid = ''CA9''; UPDATE call_logs SET call_sid = ''CA9'', ' || change || ' WHERE call_sid = ''CA7''')
$$;
SELECT pg_temp.planted_term('connection_fee = 0.08');
SELECT pg_temp.planted_term('minimum_seconds = 31');
SELECT pg_temp.planted_term('increment_seconds = 7');
SELECT pg_temp.planted_term('increment_seconds = 0');
SELECT pg_temp.planted_term('id = id');
-- A price that is gone is told of, and the call's own copy counts.
SET LOCAL session_replication_role = replica;
ALTER TABLE worldtune.rate_overrides_history DISABLE TRIGGER ALL;
DELETE FROM worldtune.rate_overrides_history WHERE prefix = '331';
SELECT item, detail, amount FROM pg_temp.explained('CA7') WHERE item IN ('override', 'connection_fee', 'paid');
SET LOCAL session_replication_role = origin;
-- A deck or a row of it that is gone is told of, and the call's own copy counts.
SET LOCAL session_replication_role = replica;
DELETE FROM worldtune.rates r USING call_logs c WHERE c.call_sid = 'CA9' AND r.deck_id = c.deck_id AND r.prefix = '44';
SELECT item, detail, amount FROM pg_temp.explained('CA9') WHERE item IN ('deck', 'paid');
-- A deck that was imported after the call, and so has another's id, is none of its.
INSERT INTO worldtune.rates (deck_id, prefix, rate, rate_min, rate_max, carrier_rate) SELECT deck_id, '44', 0.77, 0.77, 0.77, 0.77 FROM call_logs WHERE call_sid = 'CA9';
UPDATE worldtune.rate_decks SET imported_at = imported_at + interval '1 minute';
SELECT item, detail, amount FROM pg_temp.explained('CA9') WHERE item IN ('deck', 'paid');
DELETE FROM worldtune.rate_decks;
SELECT item, detail, amount FROM pg_temp.explained('CA9') WHERE item IN ('deck', 'paid');
ROLLBACK;
