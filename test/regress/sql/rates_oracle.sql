-- The structure in memory against plain SQL: random decks of overlapping prefixes and originations, random pairs of numbers, own prices over them.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT setseed(0.25) \g /dev/null
CREATE FUNCTION pg_temp.digits(shortest int, longest int) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(string_agg((1 + floor(random() * 2))::int::text, ''), '')
    FROM generate_series(1, shortest + floor(random() * (longest - shortest + 1))::int)
$$;
CREATE FUNCTION pg_temp.disagreements(size int) RETURNS TABLE (pairs bigint, rated bigint, wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO worldtune.rate_decks (name, format, basis, markup, effective_at) VALUES ('random', 'plain', 'max', 0, now());
  INSERT INTO worldtune.rates (deck_id, prefix, origination, rate, rate_min, rate_max, carrier_rate)
    SELECT max(id), pg_temp.digits(2, 8), pg_temp.digits(0, 3), r, r, r, r
      FROM worldtune.rate_decks, LATERAL (SELECT n / 1000.0 AS r FROM generate_series(1, size) AS n) AS r GROUP BY r
    ON CONFLICT DO NOTHING;
  PERFORM worldtune.activate_deck(max(id)) FROM worldtune.rate_decks;
  RETURN QUERY
    WITH calls AS MATERIALIZED (
      SELECT pg_temp.digits(7, 12) AS number, CASE WHEN n % 3 > 0 THEN pg_temp.digits(7, 12) END AS caller_id FROM generate_series(1, 1000) AS n)
    SELECT count(*), count(found.rate), count(*) FILTER (WHERE (found.prefix, found.rate) IS DISTINCT FROM (oracle.prefix, oracle.rate)
        OR worldtune.rate_per_minute(calls.number) IS DISTINCT FROM anyone.rate)
      FROM calls
      LEFT JOIN LATERAL worldtune.lookup_rate(calls.number, calls.caller_id) AS found ON true
      LEFT JOIN LATERAL (SELECT r.prefix, r.rate FROM worldtune.rates AS r
        WHERE r.deck_id = (SELECT max(id) FROM worldtune.rate_decks) AND starts_with(calls.number, r.prefix)
          AND (r.origination = '' OR starts_with(calls.caller_id, r.origination))
        ORDER BY length(r.prefix) DESC, length(r.origination) DESC LIMIT 1) AS oracle ON true
      LEFT JOIN LATERAL (SELECT r.rate FROM worldtune.rates AS r
        WHERE r.deck_id = (SELECT max(id) FROM worldtune.rate_decks) AND starts_with(calls.number, r.prefix) AND r.origination = ''
        ORDER BY length(r.prefix) DESC LIMIT 1) AS anyone ON true;
END $$;
SELECT sum(pairs) AS pairs, sum(rated) > 1000 AND sum(rated) < sum(pairs) AS some_rated, sum(wrong) AS wrong
  FROM generate_series(10, 100, 10) AS size, LATERAL pg_temp.disagreements(size);
-- With own prices for any of the terms: the structure in memory and the SQL that answers for the past say the same.
INSERT INTO worldtune.rate_overrides (prefix, rate, connection_fee, minimum_seconds, increment_seconds)
  SELECT pg_temp.digits(2, 8), CASE WHEN n % 3 > 0 THEN 1 + n / 1000.0 END, CASE WHEN n % 3 < 2 THEN n / 1000.0 END, CASE WHEN n % 4 = 0 THEN n END, CASE WHEN n % 5 = 0 THEN n END
  FROM generate_series(1, 40) AS n ON CONFLICT DO NOTHING;
WITH calls AS MATERIALIZED (
  SELECT pg_temp.digits(7, 12) AS number, CASE WHEN n % 3 > 0 THEN pg_temp.digits(7, 12) END AS caller_id FROM generate_series(1, 3000) AS n)
SELECT count(*) AS pairs, count(l.rate) BETWEEN 500 AND 2999 AS some_rated, count(*) FILTER (WHERE a.price_source = 'override') > 100 AS some_own, count(a.origination) > 20 AS some_origination,
  count(*) FILTER (WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(a) - '{price_source,origination,deck_prefix}'::text[]) AS wrong
FROM calls LEFT JOIN LATERAL worldtune.lookup_rate(calls.number, caller_id) l ON true LEFT JOIN LATERAL worldtune.lookup_rate_at(calls.number, clock_timestamp(), caller_id) a ON true;
ROLLBACK;
