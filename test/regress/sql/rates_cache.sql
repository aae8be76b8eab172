-- The deck in memory follows the tables, whatever changes them and whatever takes that back.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.1\n');
SELECT worldtune.rate_per_minute('+442079460958');

-- Our own import is seen at once, and gone with its savepoint.
SAVEPOINT import;
SELECT country, rate_min, rate_max FROM worldtune.list_countries();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.2\n442,0.3\n');
SELECT country, rate_min, rate_max FROM worldtune.list_countries();
SELECT worldtune.rate_per_minute('+442079460958');
SELECT worldtune.rate_per_minute('+447700900123');
ROLLBACK TO SAVEPOINT import;
SELECT country, rate_min, rate_max FROM worldtune.list_countries();
SELECT worldtune.rate_per_minute('+442079460958');
-- Taken back after the cache was filled within it, and by an error.
SAVEPOINT import;
DELETE FROM worldtune.rates;
SELECT worldtune.rate_per_minute('+442079460958');
SELECT 1 / 0;
ROLLBACK TO SAVEPOINT import;
SELECT worldtune.rate_per_minute('+442079460958');

-- Every way to change a row
UPDATE worldtune.rates SET rate = 0.09;
SELECT worldtune.rate_per_minute('+442079460958'), rate FROM worldtune.lookup_rate('+442079460958');
INSERT INTO worldtune.rates (deck_id, prefix, rate, rate_min, rate_max, carrier_rate)
  SELECT max(id), '4420', 0.08, 0.08, 0.08, 0.08 FROM worldtune.rate_decks;
SELECT worldtune.rate_per_minute('+442079460958');
DELETE FROM worldtune.rates WHERE prefix = '4420';
SELECT worldtune.rate_per_minute('+442079460958');
SAVEPOINT emptied;
TRUNCATE worldtune.rates;
SELECT worldtune.rate_per_minute('+442079460958');
ROLLBACK TO SAVEPOINT emptied;
INSERT INTO worldtune.rate_decks (id, name, format, basis, markup, effective_at) OVERRIDING SYSTEM VALUE
  VALUES (1000000, 'copied', 'plain', 'max', 0, now());
COPY worldtune.rates (deck_id, prefix, rate, rate_min, rate_max, carrier_rate) FROM STDIN WITH (FORMAT csv);
1000000,4420,0.07,0.07,0.07,0.07
\.
SELECT worldtune.rate_per_minute('+442079460958');
INSERT INTO worldtune.deck_activations (deck_id, effective_at) VALUES (1000000, now());
SELECT worldtune.rate_per_minute('+442079460958');
-- also where ordinary triggers are off, as in a restore
SET LOCAL session_replication_role = replica;
DELETE FROM worldtune.deck_activations WHERE deck_id = 1000000;
SET LOCAL session_replication_role = origin;
SELECT worldtune.rate_per_minute('+442079460958');

-- In force is what took effect last; of two at once, the later one.
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.5\n', name => 'next week', effective_at => now() + interval '7 days');
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.6\n', name => 'forgotten', effective_at => now() - interval '7 days', allow_past => true);
SELECT worldtune.rate_per_minute('+442079460958');
SELECT name, in_force FROM worldtune.activate_deck((SELECT id FROM worldtune.rate_decks WHERE name = 'next week'));
SELECT worldtune.rate_per_minute('+442079460958');
SELECT in_force FROM worldtune.activate_deck((SELECT min(id) FROM worldtune.rate_decks));
SELECT worldtune.rate_per_minute('+442079460958'), count(*) FROM worldtune.rates;
-- A scheduled deck takes over when its moment comes, with nobody touching a table.
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.7\n', effective_at => clock_timestamp() + interval '0.2 s');
SELECT worldtune.rate_per_minute('+442079460958');
SELECT country, rate_min FROM worldtune.list_countries();
SELECT FROM pg_sleep(0.25);
SELECT worldtune.rate_per_minute('+442079460958');
SELECT country, rate_min FROM worldtune.list_countries();

-- The calling codes too
UPDATE worldtune.calling_codes SET calling_code = '4' WHERE prefix = '44';
SELECT country, calling_codes FROM worldtune.list_countries();
SELECT worldtune.calling_code('+442079460958');

-- The extension made anew in the same session
SET LOCAL client_min_messages = warning;
SET CONSTRAINTS ALL IMMEDIATE;
DROP EXTENSION pg_worldtune CASCADE;
CREATE EXTENSION pg_worldtune;
SELECT worldtune.rate_per_minute('+442079460958'), worldtune.calling_code('+442079460958');
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.8\n');
SELECT worldtune.rate_per_minute('+442079460958');
UPDATE worldtune.rates SET rate = 0.9;
SELECT worldtune.rate_per_minute('+442079460958');
ROLLBACK;
-- and taken back
SELECT worldtune.rate_per_minute('+442079460958');
