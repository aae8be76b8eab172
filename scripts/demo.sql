-- What `make run` puts into its database. Every statement may be run again: a second start keeps the data.

\set ON_ERROR_STOP on
SELECT 'CREATE DATABASE worldtune' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'worldtune') \gexec
\connect worldtune
SET client_min_messages = warning;

-- The comment says which build of the SQL it is.
\set build `find .build/stage -name 'pg_worldtune--*.sql' -exec cat {} + | md5sum | cut -d ' ' -f 1`
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_worldtune' AND obj_description(oid, 'pg_extension') IS DISTINCT FROM 'build ' || :'build') AS is_of_another_build \gset
\if :is_of_another_build
  \echo '     the extension is of another build: it is made anew, the data stay'
  \ir rebuild.sql
\endif
CREATE EXTENSION IF NOT EXISTS pg_worldtune;
SELECT format('COMMENT ON EXTENSION pg_worldtune IS %L', 'build ' || :'build') \gexec
SELECT worldtune.setup() \g /dev/null

\getenv relay_password RELAY_PASSWORD
ALTER ROLE worldtune_relay LOGIN PASSWORD :'relay_password';

SELECT NOT EXISTS (SELECT FROM worldtune.rate_decks) AS needs_rates \gset
\if :needs_rates
  \set deck `cat rates/rates.csv`
  SELECT rates, prefixes FROM worldtune.import_rates(:'deck', 'everyday', basis => 'min') \gset
  \echo '    ' :rates rates for :prefixes prefixes, everyday prices: the lower end of each range
\endif

\getenv demo_user DEMO_USER_ID
INSERT INTO public.users (id, email, name)
VALUES (:'demo_user', 'demo@worldtune.example', 'Demo')
ON CONFLICT (id) DO NOTHING;
SELECT worldtune.add_credits(:'demo_user', 20, 'pi_demo', 20) \g /dev/null
