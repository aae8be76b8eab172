-- Of several reasons the one that weighs most is told: suspended, then blocked, then no rate.
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 10);
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('4490', 'premium'), ('999', 'nobody') ON CONFLICT DO NOTHING;
CREATE FUNCTION pg_temp.reasons() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(coalesce((worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', n)).reason, 'allowed'), ', ' ORDER BY o)
  FROM unnest(ARRAY['+442079460958', '+449012345678', '+99912345678', '+33123456789']) WITH ORDINALITY AS u(n, o)
$$;
SELECT pg_temp.reasons();
SELECT FROM worldtune.suspend_user('00000000-0000-0000-0000-00000000000a', 'fraud');
SELECT pg_temp.reasons();
ROLLBACK;
