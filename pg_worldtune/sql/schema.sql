-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION pg_worldtune" to load this file. \quit

-- What every later file stands on: who may see the schema, and who is calling.

COMMENT ON SCHEMA worldtune IS
  'Prepaid calling: rates, credit checks, call billing. Amounts are numeric credits (1 credit = 1 US dollar), rates are credits a minute, durations are whole seconds.';
