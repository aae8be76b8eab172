-- The operator's own prices win over any deck; what they leave out is as the deck says.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO public.users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 100);
SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,continent,rate,connection_fee,minimum_seconds,increment_seconds\n'
  '44,United Kingdom,GB,Europe,0.10-0.20,0.01,30,6\n447,United Kingdom,GB,Europe,0.30,,,\n33,France,FR,Europe,0.50,,,\n');
INSERT INTO worldtune.rate_overrides (prefix, rate, reason) VALUES ('44', 0.05, 'a customer''s contract'), ('4420', 0, 'London is free'), ('86', 0.70, 'no deck has China');
INSERT INTO worldtune.rate_overrides (prefix, connection_fee, minimum_seconds, increment_seconds) VALUES ('33', 0.25, 1, 1), ('49', 0.25, NULL, NULL);

\pset null '-'
SELECT number, country, iso_country, prefix, rate, rate_min, rate_max, connection_fee, minimum_seconds AS minimum, increment_seconds AS step, deck_id IS NOT NULL AS in_deck
  FROM unnest(ARRAY['+441614960958', '+447700900123', '+442079460958', '+33123456789', '+861055551234', '+4930123456']) WITH ORDINALITY AS n(dialled, position)
  LEFT JOIN LATERAL worldtune.lookup_rate(dialled) ON true ORDER BY position;
SELECT dialled, worldtune.rate_per_minute(dialled), worldtune.call_cost(dialled, 37)
  FROM unnest(ARRAY['+441614960958', '+447700900123', '+442079460958', '+33123456789', '+861055551234', '+4930123456']) WITH ORDINALITY AS n(dialled, position) ORDER BY position;

-- The list of countries shows what callers pay.
SELECT country, rate_min, rate_max FROM worldtune.list_countries();
UPDATE worldtune.rate_overrides SET prefix = '441' WHERE prefix = '44';
SELECT country, rate_min, rate_max FROM worldtune.list_countries('GB');
UPDATE worldtune.rate_overrides SET prefix = '44' WHERE prefix = '441';

-- Checks, authorisations and bills by the same price, also where no deck has one.
SELECT allowed, rate, required, max_seconds, iso_country FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', '+861055551234', 2);
SELECT allowed, rate, max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+861055551234', 'CA1');
SELECT allowed, rate, max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA2');
DELETE FROM worldtune.rate_overrides WHERE prefix = '86';
SELECT worldtune.rate_per_minute('+861055551234');
SELECT call_sid, prefix, country, iso_country, rate, deck_id IS NOT NULL AS in_deck FROM public.call_logs ORDER BY call_sid;
SELECT billed, credits_used FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT billed, credits_used, balance FROM worldtune.record_call_status('CA2', 'completed', 61);
SELECT * FROM worldtune.check_integrity();

-- A deck that comes later changes nothing about them; without a deck they stand alone.
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n4477009,0.90\n', allow_losses => true);
SELECT worldtune.rate_per_minute('+447700900123');
SAVEPOINT no_deck;
SET LOCAL session_replication_role = replica;
DELETE FROM worldtune.deck_activations;
SET LOCAL session_replication_role = origin;
SELECT number, iso_country, prefix, rate, connection_fee, minimum_seconds, increment_seconds, deck_id FROM worldtune.lookup_rate('+447700900123');
SELECT * FROM worldtune.lookup_rate('+33123456789');
ROLLBACK TO SAVEPOINT no_deck;

-- Changes count at once, and no longer than they last.
UPDATE worldtune.rate_overrides SET rate = 0.06 WHERE prefix = '44';
SELECT worldtune.rate_per_minute('+447700900123');
SAVEPOINT emptied;
TRUNCATE worldtune.rate_overrides;
SELECT worldtune.rate_per_minute('+447700900123');
ROLLBACK TO SAVEPOINT emptied;
SELECT worldtune.rate_per_minute('+447700900123');

\set VERBOSITY terse
INSERT INTO worldtune.rate_overrides (prefix, reason) VALUES ('1', 'nothing');
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('1', 100.5);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('+1', 1);
INSERT INTO worldtune.rate_overrides (prefix, increment_seconds) VALUES ('1', 0);
ROLLBACK;
