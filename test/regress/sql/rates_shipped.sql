-- The table that ships: every line of it answers, with both ends of its range.
\set QUIET on
BEGIN;
\set deck `cat "$PG_ABS_SRCDIR/../../rates/rates.csv"`
SELECT format, rates, prefixes FROM worldtune.import_rates(:'deck', basis => 'min');
SELECT count(*) AS reachable, count(*) FILTER (WHERE q.prefix <> r.prefix OR q.rate <> r.rate_min OR q.rate_max <> r.rate_max) AS wrong
  FROM worldtune.rates AS r, LATERAL worldtune.lookup_rate(rpad(r.prefix, 11, '5')) AS q;
SELECT count(*) AS countries, count(*) FILTER (WHERE iso_country IS NULL OR continent IS NULL) AS incomplete FROM worldtune.list_countries();
-- The ISO codes agree with the numbering plan.
SELECT r.prefix, r.country, r.iso_country, c.iso_country AS plan
  FROM worldtune.rates AS r LEFT JOIN worldtune.calling_codes AS c USING (prefix) WHERE r.iso_country IS DISTINCT FROM c.iso_country;
SELECT dialled, country, iso_country, rate, rate_max
  FROM unnest(ARRAY['+1 876 555 1234', '+1 242 365 0000', '+242 06 500 0000', '+90 392 815 0000', '+1 829 555 1234', '+1 809 555 1234', '+1 849 555 1234',
    '+1 212 555 1234', '+1 416 555 1234', '+86 10 5555 1234']) WITH ORDINALITY AS n(dialled, position)
  LEFT JOIN LATERAL worldtune.lookup_rate(dialled) ON true ORDER BY position;
ROLLBACK;
