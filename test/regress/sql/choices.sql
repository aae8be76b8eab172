-- What the operator chose: real country codes, known users, a row of settings that stays; and of each choice who made it, from when to when.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set QUIET on
\pset null '-'
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO public.users (id) VALUES ('00000000-0000-0000-0000-00000000000a');
CREATE ROLE regress_operator;
CREATE ROLE regress_support;
GRANT USAGE ON SCHEMA worldtune TO regress_operator, regress_support;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON worldtune.settings, worldtune.user_limits, worldtune.rate_overrides, worldtune.destination_blocks TO regress_operator, regress_support;

-- Nobody else reads or writes what the operator chose, by no column either.
SELECT c.relname AS "table", NULL AS column, coalesce(r.rolname, 'everybody') AS grantee, string_agg(acl.privilege_type, ', ' ORDER BY acl.privilege_type) AS privileges
FROM pg_class c, aclexplode(c.relacl) acl LEFT JOIN pg_roles r ON r.oid = acl.grantee
WHERE c.relnamespace = 'worldtune'::regnamespace AND c.relname ~ '^(settings|user_limits|rate_|rates|destination_|deck_|calling_)' AND c.relkind = 'r' AND acl.grantee <> c.relowner
  AND r.rolname IS DISTINCT FROM 'worldtune_definer' AND coalesce(r.rolname, '') !~ '^regress_' GROUP BY 1, 2, 3
UNION ALL SELECT c.relname, a.attname, coalesce(r.rolname, 'everybody'), acl.privilege_type
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) acl LEFT JOIN pg_roles r ON r.oid = acl.grantee WHERE c.relnamespace = 'worldtune'::regnamespace
ORDER BY 1, 2, 3;

-- Countries that there are, and what to write for those that there are not.
SELECT cardinality(worldtune_internal.country_codes()) AS codes, (SELECT count(DISTINCT c) FROM unnest(worldtune_internal.country_codes()) c WHERE c ~ '^[A-Z]{2}$') AS distinct;
SELECT array_agg(DISTINCT iso_country) AS unknown FROM worldtune.calling_codes WHERE iso_country <> ALL (worldtune_internal.country_codes());
UPDATE worldtune.settings SET denied_countries = '{UK}';
UPDATE worldtune.settings SET allowed_countries = '{FR,gb}';
UPDATE worldtune.settings SET allowed_countries = '{GB,ZZ}';
UPDATE worldtune.settings SET allowed_countries = '{GB,NULL}';
INSERT INTO worldtune.user_limits (user_id, denied_countries) VALUES ('00000000-0000-0000-0000-00000000000a', '{Germany}');
UPDATE worldtune.settings SET allowed_countries = '{GB,XK,AQ}', denied_countries = '{}';
SELECT allowed_countries, denied_countries FROM worldtune.settings;

-- The settings keep their row.
DELETE FROM worldtune.settings;
TRUNCATE worldtune.settings;
INSERT INTO worldtune.settings DEFAULT VALUES;
UPDATE worldtune.settings SET allowed_countries = DEFAULT, denied_countries = DEFAULT;
SELECT count(*), bool_and(allowed_countries IS NULL) AS as_at_first FROM worldtune.settings;

-- Limits are for users that there are.
INSERT INTO worldtune.user_limits (user_id, max_rate) VALUES ('00000000-0000-0000-0000-00000000000b', 1);
INSERT INTO worldtune.user_limits (user_id, max_rate) VALUES ('00000000-0000-0000-0000-00000000000a', 1);
UPDATE worldtune.user_limits SET user_id = '00000000-0000-0000-0000-00000000000b';
SELECT user_id, max_rate FROM worldtune.user_limits;
SAVEPOINT restored;
DELETE FROM public.users; -- as in a restore that fills the limits first
INSERT INTO worldtune.user_limits (user_id, max_rate) VALUES ('00000000-0000-0000-0000-00000000000b', 1);
ROLLBACK TO SAVEPOINT restored;

-- Each change leaves what was before it, whoever makes it and whichever way.
SET LOCAL ROLE regress_operator;
INSERT INTO worldtune.rate_overrides (prefix, rate, reason) VALUES ('44', 0.10, 'a contract'), ('33', 0.20, 'another');
UPDATE worldtune.settings SET max_rate = 2;
SET LOCAL ROLE regress_support;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a"}';
UPDATE worldtune.rate_overrides SET rate = 0.12 WHERE prefix = '44';
UPDATE worldtune.rate_overrides SET prefix = '331' WHERE prefix = '33';
DELETE FROM worldtune.rate_overrides WHERE prefix = '44';
UPDATE worldtune.settings SET max_rate = 3;
UPDATE worldtune.user_limits SET max_rate = 4;
DELETE FROM worldtune.user_limits;
DELETE FROM worldtune.destination_blocks WHERE prefix IN ('449', '4470');
RESET ROLE;
CREATE FUNCTION pg_temp.who(text) RETURNS text LANGUAGE sql AS $$ SELECT replace($1, session_user, 'me') $$;
SELECT prefix, rate, reason, pg_temp.who(set_by) AS set_by, pg_temp.who(ended_by) AS ended_by, since < until AS in_order FROM worldtune.rate_overrides_history ORDER BY until;
SELECT prefix, rate, pg_temp.who(set_by) AS set_by, since = (SELECT max(until) FROM worldtune.rate_overrides_history WHERE prefix = '33') AS no_gap FROM worldtune.rate_overrides;
SELECT max_rate, limited, pg_temp.who(set_by) AS set_by, pg_temp.who(ended_by) AS ended_by FROM worldtune.settings_history ORDER BY until;
SELECT max_rate, pg_temp.who(set_by) AS set_by FROM worldtune.settings;
SELECT max_rate, pg_temp.who(ended_by) AS ended_by FROM worldtune.user_limits_history ORDER BY until;
SELECT prefix, reason, pg_temp.who(ended_by) AS ended_by FROM worldtune.destination_blocks_history ORDER BY prefix;
-- emptied at one go
SAVEPOINT emptied;
CREATE TEMP TABLE blocks AS SELECT * FROM worldtune.destination_blocks;
TRUNCATE worldtune.destination_blocks, worldtune.rate_overrides;
SELECT count(*) = (SELECT count(*) FROM blocks) AS all_of_them FROM worldtune.destination_blocks_history h JOIN blocks USING (prefix, reason, since, set_by);
ROLLBACK TO SAVEPOINT emptied;
-- A forged date of one's own is overruled.
UPDATE worldtune.rate_overrides SET since = '2000-01-01', set_by = 'somebody else';
SELECT since > now() AS by_the_clock, pg_temp.who(set_by) AS set_by FROM worldtune.rate_overrides;
-- Append-only, for the owner too.
UPDATE worldtune.settings_history SET max_rate = 1;
DELETE FROM worldtune.rate_overrides_history;
TRUNCATE worldtune.destination_blocks_history;
SET LOCAL session_replication_role = replica;
DELETE FROM worldtune.user_limits_history;
SET LOCAL session_replication_role = origin;

-- What a call would have cost: decks and own prices as they stood. A deck of 0.50 was replaced an hour ago, an own price was changed twice since.
ALTER SEQUENCE worldtune.rate_decks_id_seq RESTART;
SELECT deck_id FROM worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes,Country\n44,0.50,,Britain\n44,0.40,49,Britain\n4477,0.90,,Britain\n', 'old');
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate,iso_country,connection_fee,minimum_seconds,increment_seconds\n44,0.60,GB,0.02,30,6\n', 'new');
SELECT deck_id FROM worldtune.import_rates(E'prefix,rate\n44,0.70\n', 'next', effective_at => '2090-01-01 00:00 UTC');
SET LOCAL session_replication_role = replica; -- the hours go by
UPDATE worldtune.deck_activations SET effective_at = '2020-01-01 0:00 UTC'::timestamptz + deck_id * interval '1 hour', scheduled_at = '2020-01-01 0:00 UTC' WHERE deck_id < 3;
INSERT INTO worldtune.rate_overrides_history (prefix, rate, connection_fee, since, set_by, until, ended_by) VALUES
  ('4477', 0.11, NULL, '2020-01-01 01:10 UTC', 'x', '2020-01-01 01:20 UTC', 'y'), ('4477', NULL, 0.05, '2020-01-01 01:20 UTC', 'y', '2020-01-01 02:10 UTC', 'z'),
  ('86', 0.33, NULL, '2020-01-01 00:10 UTC', 'x', '2020-01-01 02:10 UTC', 'y');
SET LOCAL session_replication_role = origin;
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('4420', 0.99); -- today's: of no matter then
SET LOCAL ROLE service_role;
SELECT at, left(dialled, 4) AS to, caller_id AS as, prefix, rate, rate_max AS max, connection_fee AS fee, minimum_seconds AS min, increment_seconds AS step, deck_id AS deck, price_source AS source, origination AS from, deck_prefix, iso_country AS iso, country
FROM unnest(ARRAY['00:30', '01:00', '01:15', '01:20', '02:05', '02:10']) at, (VALUES ('+447700900123', NULL), ('+447700900123', '+4930123456'), ('+442079460958', '+4930123456'), ('+8613800000000', NULL)) c(dialled, caller_id)
LEFT JOIN LATERAL worldtune.lookup_rate_at(dialled, ('2020-01-01 ' || at || ' UTC')::timestamptz, caller_id) ON true ORDER BY dialled, caller_id, at;
SELECT number, rate, deck_id FROM worldtune.lookup_rate_at('+442079460958', '2090-01-02') UNION ALL SELECT number, rate, deck_id FROM worldtune.lookup_rate_at('+441614960958', '2090-01-02');
SELECT rate FROM worldtune.lookup_rate_at('12', now());
SELECT rate FROM worldtune.lookup_rate_at('+442079460958', NULL);
SELECT name FROM worldtune.prune_decks(older_than => '1 day');
SELECT rate FROM worldtune.lookup_rate_at('+442079460958', '2020-01-01 01:30 UTC');
ROLLBACK;
