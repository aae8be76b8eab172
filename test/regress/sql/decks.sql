-- The operator's decks: listed, compared, rolled back and forward, pruned.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
ALTER SEQUENCE worldtune.rate_decks_id_seq RESTART;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO public.users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 100);
SELECT * FROM worldtune.list_decks();
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate\n44,0.10\n', name => 'january', effective_at => now() - interval '30 days', allow_past => true);
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate\n44,0.20\n33,0.1\n', name => 'february', effective_at => now() - interval '20 days', allow_past => true);
SELECT deck_id FROM worldtune.import_rates(E'ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes\nGB,UK,,0.15,,44\nGB,UK,,0.05,49,44\nGB,UK,,0.30,,447\n',
  name => 'march', effective_at => now() - interval '10 days', allow_past => true, allow_losses => true, basis => 'min', markup => 0.1);
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate\n44,0.40\n', name => 'april', effective_at => now() + interval '10 days', allow_losses => true);
SELECT id, name, format, basis, markup, effective_at > now() AS scheduled, imported_at = now() AS imported_now, imported_by = session_user AS by_me, rates, in_force
  FROM worldtune.list_decks();

SELECT * FROM worldtune.compare_decks(2, 3);
SELECT * FROM worldtune.compare_decks(3, 2);
SELECT * FROM worldtune.compare_decks(3, 3);
SELECT * FROM worldtune.compare_decks(1, 99);
SELECT * FROM worldtune.compare_decks(NULL, 1);

-- Back, forward, to where we are already, and to the one that is scheduled.
CREATE FUNCTION pg_temp.activated(deck bigint, OUT name text, OUT in_force boolean, OUT rate numeric) LANGUAGE plpgsql AS $$
BEGIN
  SELECT d.name, d.in_force INTO name, in_force FROM worldtune.activate_deck(deck) d;
  rate := worldtune.rate_per_minute('+442079460958');
END $$;
SELECT * FROM pg_temp.activated(2);
SELECT * FROM pg_temp.activated(2);
SELECT * FROM pg_temp.activated(3);
SAVEPOINT rolled_back;
SELECT * FROM pg_temp.activated(4);
SELECT worldtune.rate_per_minute('+442079460958');
ROLLBACK TO SAVEPOINT rolled_back;
SELECT worldtune.rate_per_minute('+442079460958');
SELECT * FROM worldtune.activate_deck(99);
-- A tie with a later import
SAVEPOINT tie;
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate\n44,0.50\n', name => 'mistake', allow_losses => true);
SELECT name FROM worldtune.activate_deck(3);
SELECT worldtune.rate_per_minute('+442079460958');
ROLLBACK TO SAVEPOINT tie;

-- A call is billed by the deck that authorised it.
SELECT billed, credits_used FROM worldtune.record_call_status('CA1', 'completed', 30);

-- Pruned is what is past and no call refers to.
SET LOCAL session_replication_role = replica; -- the days go by
DELETE FROM worldtune.deck_activations WHERE effective_at = now();
UPDATE worldtune.deck_activations SET effective_at = now() - interval '1 day' * (10 - deck_id), scheduled_at = now() - interval '10 days' WHERE deck_id <= 3;
SET LOCAL session_replication_role = origin;
SELECT worldtune.rate_per_minute('+442079460958');
SELECT * FROM worldtune.prune_decks();
SELECT * FROM worldtune.prune_decks(-1);
CREATE TABLE pg_temp.not_ours () INHERITS (public.call_logs); -- rows of tables that inherit are none of ours
INSERT INTO pg_temp.not_ours SELECT * FROM ONLY public.call_logs;
UPDATE pg_temp.not_ours SET deck_id = 2;
SELECT id FROM worldtune.prune_decks(older_than => '8 days 1 hour');
SELECT id FROM worldtune.prune_decks(keep => 2);
SELECT id, name, rates FROM worldtune.prune_decks(keep => 1, older_than => '1 day');
SELECT id, name, rates FROM worldtune.prune_decks(keep => 0, older_than => '1 day');
SELECT id, name, rates, in_force FROM worldtune.list_decks();
SELECT count(*) AS orphans FROM worldtune.rates WHERE deck_id = 2;
-- Replaced this minute
SELECT deck_id > 4 AS newer FROM worldtune.import_rates(E'prefix,rate\n44,0.50\n', allow_losses => true);
SELECT id FROM worldtune.prune_decks(keep => 0);
-- A markup is added to the price, not to the fee for the connection.
SELECT deck_id AS marked FROM worldtune.import_rates(E'prefix,rate,connection_fee\n44,0.50,0.04\n', markup => 0.5) \gset
SELECT rate, rate_min, rate_max, carrier_rate, connection_fee FROM worldtune.rates WHERE deck_id = :marked;
ROLLBACK;
