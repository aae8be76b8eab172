-- What `make run` puts into its database. Every statement may be run again: a second start keeps the data.

\set ON_ERROR_STOP on
SELECT 'CREATE DATABASE worldtune' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'worldtune') \gexec
\connect worldtune
SET client_min_messages = warning;

CREATE EXTENSION IF NOT EXISTS pg_worldtune;
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
