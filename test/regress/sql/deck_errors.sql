-- A deck is read whole or not at all; an error names line, column, value and what was expected.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE FUNCTION pg_temp.problem(deck text, basis text DEFAULT 'max', markup numeric DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  PERFORM worldtune.import_rates(deck, basis => basis, markup => markup, allow_losses => true);
  RETURN 'imported';
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = pg_exception_detail;
  RETURN sqlstate || ' ' || sqlerrm || coalesce(' (' || nullif(detail, '') || ')', '');
END $$;

-- Prices, on both sides of each limit
SELECT price, pg_temp.problem(E'prefix,rate\n44,' || price) FROM unnest(ARRAY[
  '0.000001', '100', '.5', '0.1000000', '0.14 - 0.31', '$0.14-$0.31', '0', '0-0.5', '0.0000001', '100.000001', '-0.5', '0.31-0.14', '$1,2x',
  '"$1,2x"', '1.2.3', '1.', '1e3', 'NaN', '', '"0,14"', '99999999999999999999']) WITH ORDINALITY AS p(price, position) ORDER BY position;
-- Prefixes
SELECT prefix, pg_temp.problem(E'Country Code,Price/Minute\n' || prefix || ',$0.14') FROM unnest(ARRAY[
  '(+44)', '"(+1-829,1809,1849)"', '123456789012345', '"43664, 4367"', '', '()', '(+0-44)', '1234567890123456', '4x4', '"44,,45"', '",44"', '43664 4367'])
  WITH ORDINALITY AS p(prefix, position) ORDER BY position;
-- The rest of a line
SELECT fields, pg_temp.problem(E'prefix,rate,iso_country,connection_fee,minimum_seconds,increment_seconds\n44,0.5,' || fields) FROM unnest(ARRAY[
  'gb,0.05,30,6', ',,,', 'GB,0,0,1', 'GBR,,,', 'G1,,,', 'GB,-1,,', 'GB,0.1-0.2,,', 'GB,100.5,,', 'GB,,3601,', 'GB,,-1,', 'GB,,1.5,', 'GB,,,0', 'GB,,'])
  WITH ORDINALITY AS f(fields, position) ORDER BY position;

-- One price for a prefix: repeated it does no harm, contradicted it names both lines.
SELECT pg_temp.problem(E'prefix,rate\n44,0.5\n33,0.1\n44,0.5\n');
SELECT pg_temp.problem(E'prefix,rate\n44,0.5\n33,0.1\n44,0.6\n');
SELECT pg_temp.problem(E'prefix,rate,minimum_seconds\n44,0.5,60\n44,0.5,30\n');
SELECT pg_temp.problem(E'prefix,rate,increment_seconds\n44,0.5,60\n44,0.5,30\n');
SELECT pg_temp.problem(E'prefix,rate,connection_fee\n44,0.5,0.05\n44,0.5,\n');
SELECT pg_temp.problem(E'prefix,rate\n44,0.5-0.6\n44,0.4-0.6\n');
-- A line is counted where it begins, in quotes too.
SELECT pg_temp.problem(E'prefix,country,rate\n44,"United\nKingdom",0.5\n33,France,free\n');

-- Headers
SELECT pg_temp.problem('');
SELECT pg_temp.problem(E'country,price\nFrance,0.1\n');
SELECT pg_temp.problem(E'prefix,rate,Rate\n44,0.1,0.2\n');
SELECT pg_temp.problem(E'prefix,rate\n');
-- CSV that is none; a mixture of line ends is no fault.
SELECT pg_temp.problem(E'prefix,rate\n44,"0.1\n33,0.2\n');
SELECT pg_temp.problem(E'prefix,rate\n44,0.1\n\\.\n33,0.2\n');
SELECT pg_temp.problem(E'prefix,rate\n44,0.1\r\n33,0.1\n'), pg_temp.problem(E'prefix,rate\r\n44,0.1\n33,0.1\r\n'), pg_temp.problem(E'prefix,rate\r44,0.1\r');
SELECT pg_temp.problem(E'prefix,rate\n44,"0.1\r\n33,0.2\n');

-- Arguments
SELECT pg_temp.problem(E'prefix,rate\n44,0.1', basis => 'mean');
SELECT pg_temp.problem(E'prefix,rate\n44,0.1', markup => m) FROM unnest(ARRAY[10, 10.5, -0.1, 0.0000001, 1e20, 'NaN']) AS a(m);
SELECT pg_temp.problem(E'prefix,rate\n44,60', markup => 1);
SELECT worldtune.import_rates(NULL);
-- Free of charge only when asked for, and the fee is none of it.
SELECT rates FROM worldtune.import_rates(E'prefix,rate,connection_fee\n44,0,0.05\n33,0-0.2,\n', allow_free => true, allow_losses => true);
SELECT worldtune.rate_per_minute('+442079460958'), worldtune.call_cost('+442079460958', 60), worldtune.rate_per_minute('+33123456789');
SELECT worldtune.import_rates(E'prefix,rate\n44,0\n', allow_free => NULL);
SELECT worldtune.import_rates(E'prefix,rate\n44,0.1', effective_at => 'infinity');

-- Of what was refused, nothing stayed.
SELECT count(*) FROM worldtune.rates WHERE deck_id NOT IN (SELECT id FROM worldtune.rate_decks);
SELECT count(*), count(DISTINCT deck_id) = (SELECT count(*) FROM worldtune.rate_decks) AS whole FROM worldtune.rates;
ROLLBACK;
