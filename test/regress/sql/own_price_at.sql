-- Of two own prices that fit a number the longer one stood, then as now.
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO worldtune.rate_overrides (prefix, rate, since) VALUES ('44', 0.40, now() - interval '3 days'), ('4420', 0.20, now() - interval '2 days');
SELECT prefix, rate, price_source FROM worldtune.lookup_rate_at('+442079460958', now() - interval '1 day');
SELECT prefix, rate, price_source FROM worldtune.lookup_rate_at('+441619460958', now() - interval '1 day');
SELECT prefix, rate, price_source FROM worldtune.lookup_rate_at('+442079460958', now() - interval '60 hours');
SELECT prefix, rate FROM worldtune.lookup_rate('+442079460958');
-- Once it is gone, both are in the history.
DELETE FROM worldtune.rate_overrides;
SELECT prefix, rate, price_source FROM worldtune.lookup_rate_at('+442079460958', now() - interval '1 day');
ROLLBACK;
