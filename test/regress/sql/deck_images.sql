-- Compiled decks: derived from the rows, loaded in their place, and never believed when they could be wrong.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT deck_id AS old FROM worldtune.import_rates(E'prefix,rate\n44,0.1\n', effective_at => now() - interval '1 day', allow_past => true) \gset
SELECT deck_id AS new FROM worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes\n44,0.2,\n44,0.15,49\n447,0.3,\n33,0.2,\n34,0.2,\n34,0.15,49\n') \gset
SELECT deck_id AS next FROM worldtune.import_rates(E'prefix,rate\n44,0.3\n', effective_at => now() + interval '1 day', allow_losses => true) \gset
CREATE VIEW pg_temp.images AS SELECT CASE i.deck_id WHEN :old THEN 'old' WHEN :new THEN 'new' WHEN :next THEN 'next' END AS deck,
  i.revision = d.revision AS current, i.image = worldtune_internal.compile_deck(i.deck_id) AS true
  FROM worldtune.deck_images i JOIN worldtune.rate_decks d ON d.id = i.deck_id ORDER BY i.deck_id;

-- Compiled when the transaction commits: the deck in force and those to come.
SELECT * FROM pg_temp.images;
SELECT worldtune.rate_per_minute('+442079460958');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM pg_temp.images;
SELECT worldtune.rate_per_minute('+442079460958');
-- Prefixes that cost the same share their rates.
SELECT dialled, caller_id, rate FROM unnest(ARRAY['+442079460958', '+447700900123', '+33123456789', '+34810123456']) AS dialled, unnest(ARRAY['+49301234567', '+12125551234']) AS caller_id,
  worldtune.lookup_rate(dialled, caller_id) ORDER BY dialled, caller_id;

-- Every change of the rows makes another: by hand, rolling back a deck, taking one away.
UPDATE worldtune.rates SET rate = 0.25 WHERE deck_id = :new AND prefix = '44' AND origination = '';
SELECT * FROM pg_temp.images;
SELECT worldtune.rate_per_minute('+442079460958');
SELECT id = :old AS rolled_back FROM worldtune.activate_deck(:old);
SELECT * FROM pg_temp.images;
SELECT worldtune.rate_per_minute('+442079460958');
SELECT id = :new AS forward FROM worldtune.activate_deck(:new);
SELECT * FROM pg_temp.images;
SELECT worldtune.rate_per_minute('+442079460958');
SAVEPOINT emptied;
TRUNCATE worldtune.rates;
SELECT * FROM pg_temp.images;
SELECT worldtune.rate_per_minute('+442079460958');
ROLLBACK TO SAVEPOINT emptied;
SELECT * FROM pg_temp.images;

-- It is the image that is loaded: one of other prices, made to look current, shows.
CREATE TEMP TABLE kept AS SELECT image FROM worldtune.deck_images WHERE deck_id = :new;
UPDATE worldtune.rates SET rate = 0.26 WHERE deck_id = :new AND prefix = '44' AND origination = '';
DELETE FROM worldtune.rates WHERE deck_id = :new AND prefix = '447';
SELECT worldtune.rate_per_minute('+442079460958'), worldtune.rate_per_minute('+447700900123');
UPDATE worldtune.deck_images SET image = (SELECT image FROM kept) WHERE deck_id = :new;
UPDATE worldtune.rate_decks SET name = name;
SELECT worldtune.rate_per_minute('+442079460958'), worldtune.rate_per_minute('+447700900123');
SELECT * FROM pg_temp.images;
-- When the row that it names is not there, it is not believed.
SELECT prefix, rate FROM worldtune.lookup_rate('+447700900123');
SELECT worldtune.rate_per_minute('+442079460958'), worldtune.rate_per_minute('+447700900123');

-- Another revision, a changed byte, another deck's image, none: the rows are read.
CREATE FUNCTION pg_temp.rate_with(new_image bytea, revised bigint DEFAULT 0) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
  UPDATE worldtune.deck_images SET image = new_image, revision = revision + revised;
  DELETE FROM worldtune.deck_images WHERE new_image IS NULL;
  UPDATE worldtune.rate_decks SET imported_by = imported_by;
  RETURN worldtune.rate_per_minute('+442079460958');
END $$;
SET CONSTRAINTS ALL DEFERRED;
SELECT pg_temp.rate_with(image) AS kept, pg_temp.rate_with(image, 1) AS revised, pg_temp.rate_with(image, -1) AS believed FROM kept;
SELECT pg_temp.rate_with(set_byte(image, 100, 255 - get_byte(image, 100))) AS damaged, pg_temp.rate_with(substr(image, 1, 50)) AS cut, pg_temp.rate_with('') AS empty FROM kept;
SELECT pg_temp.rate_with(worldtune_internal.compile_deck(:next)) AS "another deck's";
DELETE FROM worldtune.deck_images;
UPDATE worldtune.rate_decks SET name = name;
SELECT worldtune.rate_per_minute('+442079460958');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM pg_temp.images;

-- As large as carriers' decks are, and the same answers from rows, image and plain SQL.
SELECT rates FROM worldtune.import_rates((SELECT E'prefix,rate,connection_fee,minimum_seconds\n' || string_agg(format('%s,0.%s,%s,%s', 100000 + n * 11, 1 + n % 997, n % 2, n % 7), E'\n')
  FROM generate_series(0, 59999) n), allow_losses => true);
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM worldtune.deck_images;
CREATE TEMP TABLE numbers AS SELECT '+' || 100000 + n * 7 || '0000' AS number FROM generate_series(0, 99999) n;
SELECT count(worldtune.rate_per_minute(number)) AS rated, md5(string_agg(worldtune.call_cost(number, 61)::text, ' ' ORDER BY number)) AS costs FROM numbers \gset rows_
SELECT count(*) AS rated, md5(string_agg((r.connection_fee + r.rate * (r.minimum_seconds + ceil((61 - r.minimum_seconds) / 60.0) * 60) / 60)::numeric(18,6)::text, ' ' ORDER BY number)) AS costs
  FROM numbers n JOIN worldtune.rates r ON r.deck_id = worldtune.deck_in_force() AND r.prefix = substr(n.number, 2, 6) \gset sql_
SELECT :rows_rated = :sql_rated AS as_many, :'rows_costs' = :'sql_costs' AS as_much;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE worldtune.rate_decks SET name = name;
SELECT count(worldtune.rate_per_minute(number)) = :rows_rated AS same, count(worldtune.rate_per_minute(number)) > 5000 AS many,
  md5(string_agg(worldtune.call_cost(number, 61)::text, ' ' ORDER BY number)) = :'rows_costs' AS costs_too FROM numbers;
SELECT max(length(image)) < 2 * 1024 * 1024 AS small FROM worldtune.deck_images;
ROLLBACK;
