-- Decks are hard to break and easy to undo: what an import would lose, what was in force when, and what cannot be changed any more.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set QUIET on
BEGIN;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
ALTER SEQUENCE worldtune.rate_decks_id_seq RESTART;
ALTER SEQUENCE worldtune.deck_activations_id_seq RESTART;
SELECT worldtune.deck_in_force() AS none;
SELECT deck_id, prefixes FROM worldtune.import_rates((SELECT E'prefix,country,rate\n' || string_agg(p || ',Country ' || p || ',0.10', E'\n') FROM generate_series(30, 49) p), 'whole');

-- A tenth may be lost, and is told; more only when asked for. A shorter prefix covers a longer one, not the other way round.
CREATE FUNCTION pg_temp.deck(prefixes text[], rate numeric DEFAULT 0.2) RETURNS text LANGUAGE sql AS $$
  SELECT E'prefix,rate\n' || string_agg(p || ',' || rate, E'\n') FROM unnest(prefixes) p
$$;
CREATE FUNCTION pg_temp.numbers(first int, last int) RETURNS text[] LANGUAGE sql AS $$ SELECT array_agg(p::text) FROM generate_series(first, last) p $$;
SAVEPOINT whole;
SELECT deck_id > 1 AS taken FROM worldtune.import_rates(pg_temp.deck(pg_temp.numbers(30, 47)), 'two less');
ROLLBACK TO SAVEPOINT whole;
SELECT deck_id FROM worldtune.import_rates(pg_temp.deck(pg_temp.numbers(30, 46)), 'three less');
SELECT prefixes FROM worldtune.import_rates(pg_temp.deck(pg_temp.numbers(30, 48)), 'one less');
SELECT prefixes FROM worldtune.import_rates(pg_temp.deck(pg_temp.numbers(30, 46)), 'two of 19 less');
ROLLBACK TO SAVEPOINT whole;
SELECT deck_id FROM worldtune.import_rates(pg_temp.deck('{1}'), 'one line');
SELECT deck_id FROM worldtune.import_rates(pg_temp.deck(pg_temp.numbers(300, 499)), 'longer ones');
SELECT deck_id > 1 AS taken FROM worldtune.import_rates(pg_temp.deck('{3,4}'), 'shorter ones');
ROLLBACK TO SAVEPOINT whole;
SELECT deck_id > 1 AS taken FROM worldtune.import_rates(pg_temp.deck('{1}'), 'one line', allow_losses => true);
ROLLBACK TO SAVEPOINT whole;
-- A price for some callers alone covers no others.
SELECT deck_id FROM worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes\n3,0.2,1\n4,0.2,\n', 'for some');
-- A destination is one, however many callers it was for, and covered for those that it was for.
SELECT prefixes FROM worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes\n44,0.2,1\n44,0.3,33\n33,0.1,49\n', 'some callers', allow_losses => true);
SELECT prefixes FROM worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes\n33,0.1,4\n', 'fewer');
SELECT prefixes FROM worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes\n33,0.1,4\n44,0.1,1\n44,0.1,3\n', 'the same callers');
ROLLBACK TO SAVEPOINT whole;
-- The deck that is replaced is the one that will be in force then.
SELECT deck_id > 1 AS scheduled FROM worldtune.import_rates(pg_temp.deck('{3}'), 'half', effective_at => now() + interval '1 day', allow_losses => true);
SELECT deck_id > 1 AS scheduled FROM worldtune.import_rates(pg_temp.deck('{3}'), 'half again', effective_at => now() + interval '2 days');
ROLLBACK TO SAVEPOINT whole;

-- A rehearsal tells the same and keeps nothing.
SELECT deck_id, name, rates, prefixes FROM worldtune.import_rates(pg_temp.deck(pg_temp.numbers(30, 47)), 'rehearsed', dry_run => true);
SELECT deck_id FROM worldtune.import_rates(pg_temp.deck('{1}'), 'rehearsed', dry_run => true);
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate\n44,free\n', dry_run => true);
SELECT count(*) AS decks, (SELECT count(*) FROM worldtune.deck_activations) AS activations, (SELECT count(*) FROM worldtune.rates) AS rates FROM worldtune.rate_decks;

-- The past is not rewritten by mistake; a minute may pass on the way.
SELECT count(*) FROM worldtune.import_rates(pg_temp.deck('{3,4}'), effective_at => '2020-01-01 00:00 UTC');
\set VERBOSITY sqlstate
SELECT count(*) FROM worldtune.import_rates(pg_temp.deck('{3,4}'), effective_at => now() - interval '61 s');
\set VERBOSITY terse
SELECT count(*) FROM worldtune.import_rates(pg_temp.deck('{3,4}'), 'on its way', effective_at => now() - interval '59 s');
SELECT count(*) FROM worldtune.import_rates(pg_temp.deck('{3,4}'), 'filed', effective_at => '2020-01-01 00:00 UTC', allow_past => true);
SELECT count(*) FROM worldtune.import_rates(pg_temp.deck('{3,4}'), allow_past => NULL);
SELECT worldtune.deck_in_force('2021-01-01') AS was_never;
SELECT name, state FROM worldtune.list_decks();
ROLLBACK TO SAVEPOINT whole;

-- Scheduled, put in force early, rolled back, cancelled: each step stays in the history with who took it, and the date of the schedule is not lost.
SELECT deck_id AS next FROM worldtune.import_rates(pg_temp.deck('{3,4}'), 'next', effective_at => '2090-01-01 00:00 UTC') \gset
SELECT name, state, in_force FROM worldtune.list_decks();
SET LOCAL ROLE service_role;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a"}';
SELECT name, state FROM worldtune.activate_deck(:next);
SELECT name, state FROM worldtune.activate_deck(1);
SELECT name, state FROM worldtune.list_decks();
SELECT worldtune.deck_in_force() = 1 AS now, worldtune.deck_in_force('2089-12-31 23:59:59 UTC') = 1 AS before, worldtune.deck_in_force('2090-01-01 00:00 UTC') = :next AS then,
  worldtune.deck_in_force('2020-01-01') AS long_ago, worldtune.deck_in_force(NULL) AS never;
SELECT name, state FROM worldtune.cancel_deck(:next);
SELECT worldtune.deck_in_force('2090-01-01 00:00 UTC') = 1 AS stays;
SELECT count(*) FROM worldtune.cancel_deck(:next);
SELECT count(*) FROM worldtune.cancel_deck(1);
SELECT count(*) FROM worldtune.cancel_deck(999999);
SELECT count(*) FROM worldtune.cancel_deck(NULL);
RESET ROLE;
SELECT deck_id = 1 AS first, CASE WHEN effective_at = now() THEN 'now' ELSE (effective_at AT TIME ZONE 'UTC')::text END AS effective_at, scheduled_at = now() AS by_now,
  replace(scheduled_by, session_user, 'me') AS scheduled_by, cancelled_at >= now() AS cancelled, replace(cancelled_by, session_user, 'me') AS cancelled_by FROM worldtune.deck_activations ORDER BY id;
-- One that never was in force: cancelled.
SELECT deck_id AS never FROM worldtune.import_rates(pg_temp.deck('{3,4}'), 'never', effective_at => '2090-01-01 00:00 UTC') \gset
SELECT name, state, effective_at AT TIME ZONE 'UTC' AS effective_at FROM worldtune.cancel_deck(:never);

-- What the transaction published that is not over may still be put right. From then on nobody changes it: not the rates, not what it says of itself.
UPDATE worldtune.rates SET rate = 0.11 WHERE deck_id = 1 AND prefix = '30';
SET LOCAL session_replication_role = replica; -- an hour goes by
UPDATE worldtune.deck_activations SET scheduled_at = now() - interval '1 hour', cancelled_at = cancelled_at - interval '1 hour';
UPDATE worldtune.deck_activations a SET effective_at = now() - (4 - place) * interval '10 minutes'
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM worldtune.deck_activations WHERE effective_at = now()) p WHERE p.id = a.id;
UPDATE worldtune.deck_activations SET effective_at = now() - interval '5 minutes' WHERE deck_id = :never; -- cancelled before its time came
SET LOCAL session_replication_role = origin;
UPDATE worldtune.rates SET rate = 0.12 WHERE deck_id = 1 AND prefix = '30';
UPDATE worldtune.rates SET deck_id = :never WHERE deck_id = 1 AND prefix = '30';
INSERT INTO worldtune.rates (deck_id, prefix, rate, rate_min, rate_max, carrier_rate) VALUES (1, '50', 1, 1, 1, 1);
DELETE FROM worldtune.rates WHERE deck_id = 1 AND prefix = '30';
SET CONSTRAINTS ALL IMMEDIATE;
TRUNCATE worldtune.rates;
TRUNCATE worldtune.rate_decks CASCADE;
DELETE FROM worldtune.rate_decks WHERE id = 1;
UPDATE worldtune.rate_decks SET markup = 0.5 WHERE id = 1;
UPDATE worldtune.rate_decks SET effective_at = now() WHERE id = :never;
UPDATE worldtune.deck_activations SET effective_at = now();
DELETE FROM worldtune.deck_activations;
TRUNCATE worldtune.deck_activations;
-- A deck of the past is as frozen as the one in force; one that never was in force is not.
UPDATE worldtune.rates SET rate = 0.9 WHERE deck_id = :next;
UPDATE worldtune.rates SET rate = 0.9 WHERE deck_id = :never;
UPDATE worldtune.rate_decks SET name = 'renamed' WHERE id = :never;
UPDATE worldtune.rate_decks SET name = name WHERE id = 1;
SAVEPOINT deleted;
DELETE FROM worldtune.rate_decks WHERE id = :never;
ROLLBACK TO SAVEPOINT deleted;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT id, rate FROM worldtune.rate_decks d LEFT JOIN worldtune.rates r ON r.deck_id = d.id AND prefix IN ('3', '30') WHERE id = 1;

-- Pruned away, it still was in force.
SELECT name FROM worldtune.prune_decks(keep => 0);
SELECT ago, worldtune.deck_in_force(now() - ago) FROM unnest(ARRAY['40 min', '25 min', '15 min', '0']::interval[]) ago;
SELECT count(DISTINCT deck_id) AS in_history, (SELECT count(*) FROM worldtune.rate_decks) AS decks FROM worldtune.deck_activations;
-- What calls refer to can be known of an ordinary table alone.
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
ALTER TABLE public.call_logs RENAME TO real_call_logs;
CREATE VIEW public.call_logs AS SELECT * FROM public.real_call_logs;
SELECT name FROM worldtune.prune_decks(keep => 0);
ROLLBACK;
