-- Twenty lookups in a statement: all decks that are published cost the same everywhere, so two prices are a mixture.
SELECT count(DISTINCT worldtune.rate_per_minute(number)) <> 1 AS mixed FROM bench.few \gset
\if :mixed
INSERT INTO bench.mixtures DEFAULT VALUES;
\endif
