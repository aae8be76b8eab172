-- Decks and numbers from a fixed seed, and the tables that the peers look up in.

CREATE EXTENSION prefix;
CREATE FUNCTION bench.nothing(text) RETURNS integer LANGUAGE c STABLE STRICT PARALLEL SAFE AS :'library', 'bench_nothing';

-- 60,000 prefixes of 1 to 9 digits, most of which begin with another one, as in an operator's deck.
CREATE TABLE bench.nodes (prefix text COLLATE "C" PRIMARY KEY);
CREATE TABLE bench.big_deck (prefix text COLLATE "C" PRIMARY KEY, rate numeric NOT NULL);
SELECT setseed(0.5) \g /dev/null
DO $$
DECLARE
  nodes CONSTANT integer[] := '{9, 80, 600, 3500, 11000, 17000, 16500, 11500, 6100}';
BEGIN
  INSERT INTO bench.nodes SELECT generate_series(1, 9);
  FOR length IN 2..9 LOOP
    INSERT INTO bench.nodes
      SELECT prefix || digit FROM (SELECT * FROM bench.nodes ORDER BY prefix) n, generate_series(0, 9) AS digit
      WHERE char_length(prefix) = length - 1 ORDER BY random() LIMIT nodes[length];
  END LOOP;
  INSERT INTO bench.big_deck
    SELECT prefix, (1 + floor(random() * 5000)) / 1000 FROM (SELECT * FROM bench.nodes ORDER BY prefix) n ORDER BY random() LIMIT 60000;
END
$$;

CREATE TABLE bench.csv (name text PRIMARY KEY, deck text NOT NULL);
INSERT INTO bench.csv
  SELECT 'big', E'prefix,rate\n' || string_agg(prefix || ',' || rate, E'\n' ORDER BY prefix) || E'\n' FROM bench.big_deck
UNION ALL
  SELECT 'flat ' || price, E'prefix,rate\n' || string_agg(prefix || ',' || price, E'\n' ORDER BY prefix) || E'\n'
  FROM bench.big_deck, (VALUES (1), (2)) AS flat(price) GROUP BY price;

-- Half of the numbers are random from the first digit on, half begin with a prefix of the deck.
CREATE TABLE bench.numbers (id integer PRIMARY KEY, number text NOT NULL, digits text NOT NULL);
INSERT INTO bench.numbers
  SELECT n, '+' || digits, digits
  FROM (SELECT n, left(CASE WHEN n % 2 = 0 THEN p.prefix ELSE (1 + floor(random() * 9))::text END || lpad(floor(random() * 1e14)::text, 14, '0'),
          8 + floor(random() * 8)::integer) AS digits
        FROM generate_series(1, 1000000) AS n
        JOIN (SELECT row_number() OVER (ORDER BY prefix) AS row, prefix FROM bench.big_deck) p ON p.row = 1 + n * 7919::bigint % 60000) d;
VACUUM (ANALYZE, FREEZE) bench.numbers;

CREATE TABLE bench.prefix_deck (prefix prefix_range NOT NULL, rate numeric NOT NULL);
CREATE INDEX ON bench.prefix_deck USING gist (prefix);
CREATE TABLE bench.btree_deck (prefix text COLLATE "C" PRIMARY KEY, rate numeric NOT NULL);

CREATE FUNCTION bench.rate_by_prefix(number text) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT rate FROM bench.prefix_deck WHERE prefix @> number::prefix_range ORDER BY length(prefix) DESC LIMIT 1
$$;

-- The deck in force becomes the peers' deck.
CREATE PROCEDURE bench.copy_deck()
LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE bench.prefix_deck, bench.btree_deck;
  INSERT INTO bench.btree_deck SELECT prefix, rate FROM worldtune.rates WHERE deck_id = (SELECT max(id) FROM worldtune.rate_decks);
  INSERT INTO bench.prefix_deck SELECT prefix::prefix_range, rate FROM bench.btree_deck;
  ANALYZE bench.prefix_deck, bench.btree_deck;
END
$$;
