-- Looking up rates: what a call costs, how a price is written, which countries there are.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
-- No deck at all: no answer, no error.
SELECT * FROM worldtune.lookup_rate('+442079460958');
SELECT worldtune.rate_per_minute('+442079460958'), worldtune.call_cost('+442079460958', 60);
SELECT count(*) FROM worldtune.list_countries();

SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,continent,description,rate,connection_fee,minimum_seconds,increment_seconds\n'
  '44,United Kingdom,GB,Europe,Landline,0.015-0.02,,,\n'
  '447,United Kingdom,GB,Europe,Mobile,0.60,0.05,30,6\n'
  '1,United States/Canada,US,North America,,0.014,,1,1\n'
  '1416,United States/Canada,US,North America,,0.013,,1,1\n'
  '1876,Jamaica,JM,North America,,0.305-0.41,,,\n'
  '971,United Arab Emirates,AE,Asia,,0.245,,,\n');
\x on
SELECT number, country, iso_country, continent, prefix, description, rate, rate_min, rate_max, connection_fee, minimum_seconds, increment_seconds,
  deck_id = (SELECT max(id) FROM worldtune.rate_decks) AS newest FROM worldtune.lookup_rate('0044 (0)7700 900 123');
\x off
SELECT * FROM worldtune.lookup_rate(NULL);
SELECT * FROM worldtune.lookup_rate('44x');
SELECT * FROM worldtune.lookup_rate('+442079460958', 'nobody');
SELECT worldtune.rate_per_minute('+390669812345'), worldtune.rate_per_minute(NULL);

-- Billed time: the minimum, then whole steps; the fee once; an unanswered call is free.
SELECT seconds, worldtune.call_cost('+44 7700 900123', seconds) AS "30/6 + 0.05", worldtune.call_cost('+1 876 555 1234', seconds) AS "60/60",
  worldtune.call_cost('+1 212 555 1234', seconds) AS "1/1", worldtune.call_cost('+86 10 5555 1234', seconds) AS none
  FROM unnest(ARRAY[0, 1, 30, 31, 36, 37, 60, 61, 3600, 31622400]) AS s(seconds);
SELECT worldtune.call_cost('+442079460958', -1);
SELECT worldtune.call_cost('+442079460958', 31622401);

SELECT worldtune.format_rate(rate) FROM unnest(ARRAY[0.014, 0.0140, 1, 0.3, 0.30, 0, 3.30, 0.000001, 1234.5, 100, 1e20, -0.5]) AS r(rate);
SELECT worldtune.format_rate('NaN');

-- Countries
SELECT * FROM worldtune.list_countries();
SELECT country FROM worldtune.list_countries('united');
SELECT country FROM worldtune.list_countries('ae');
SELECT country FROM worldtune.list_countries('+1 87');
SELECT country FROM worldtune.list_countries('44');
SELECT country FROM worldtune.list_countries(' ', 'north america');
SELECT country FROM worldtune.list_countries('united', 'EUROPE');
SELECT count(*) FROM worldtune.list_countries('%');
SELECT worldtune.list_countries(repeat('a', 1001));
SELECT worldtune.list_countries(NULL, repeat('a', 1001));

-- Nobody needs to read the tables.
CREATE ROLE regress_caller;
GRANT USAGE ON SCHEMA worldtune TO regress_caller;
GRANT EXECUTE ON FUNCTION worldtune.lookup_rate, worldtune.rate_per_minute, worldtune.call_cost, worldtune.list_countries, worldtune.calling_code TO regress_caller;
SET ROLE regress_caller;
SELECT prefix, rate FROM worldtune.lookup_rate('+447700900123');
SELECT worldtune.rate_per_minute('+447700900123'), worldtune.call_cost('+447700900123', 1), worldtune.calling_code('+447700900123');
SELECT country FROM worldtune.list_countries('jm');
SELECT count(*) FROM worldtune.rates;
RESET ROLE;

-- In a parallel worker as well.
CREATE TABLE regress_numbers AS SELECT '+4477009001' || lpad(n::text, 2, '0') AS number FROM generate_series(0, 99) AS n;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT set_config(CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END, 'on', true);
SELECT sum(worldtune.rate_per_minute(number)) FROM regress_numbers;
ROLLBACK;
