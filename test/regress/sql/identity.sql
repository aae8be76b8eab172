-- Who is calling: the claims of the request's JWT, and nobody when they are absent or malformed.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 2), ('00000000-0000-0000-0000-00000000000b', 3);
SELECT rates FROM worldtune.import_rates(E'prefix,country,iso_country,rate\n44,United Kingdom,GB,0.60\n');

CREATE FUNCTION pg_temp.claimed(claims text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('request.jwt.claims', claims, true);
  RETURN worldtune.current_user_id();
END
$$;
SELECT claims, pg_temp.claimed(claims) FROM (VALUES
  ('{"sub": "00000000-0000-0000-0000-00000000000a"}'),
  ('{"role": "authenticated", "app_metadata": {"sub": "00000000-0000-0000-0000-00000000000b"}, "sub": "00000000-0000-0000-0000-00000000000a"}'),
  ('{"user_metadata": {"sub": "00000000-0000-0000-0000-00000000000b"}}'),
  ('{"sub": {"sub": "00000000-0000-0000-0000-00000000000b"}}'),
  ('{"sub": ["00000000-0000-0000-0000-00000000000b"]}'),
  ('{"sub": "not a uuid"}'),
  ('{"sub": "{00000000-0000-0000-0000-00000000000b}"}'),
  ('{"sub": 7}'),
  ('{"sub": null}'),
  ('["sub", "00000000-0000-0000-0000-00000000000b"]'),
  ('"00000000-0000-0000-0000-00000000000b"'),
  ('{"sub": "00000000-0000-0000-0000-00000000000b"'),
  ('garbage'),
  ('{}'),
  ('')) v(claims);
-- The older setting, one a claim.
SELECT set_config('request.jwt.claim.sub', '00000000-0000-0000-0000-00000000000b', true);
SELECT worldtune.current_user_id();
SELECT pg_temp.claimed('{"sub": "00000000-0000-0000-0000-00000000000a"}');
SELECT pg_temp.claimed('{}');
SELECT set_config('request.jwt.claim.sub', '', true);

-- Nobody signed in: a clear refusal. Somebody: the own rows and nothing else.
SET LOCAL ROLE authenticated;
SELECT * FROM worldtune.my_account();
SELECT * FROM worldtune.check_credit('+442079460958');
SELECT * FROM worldtune.call_history();
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';
SELECT * FROM worldtune.my_account();
SELECT * FROM worldtune.check_credit('+442079460958', 3);
SELECT * FROM worldtune.check_credit('+442079460958', 4);
SELECT * FROM worldtune.check_credit('+86 10 1234 5678');
SELECT * FROM worldtune.check_credit('+442079460958', 0);
SELECT id FROM users;
SELECT kind, delta FROM credit_ledger;
-- Signed in, but without a row in users.
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-0000000000ff", "role": "authenticated"}';
SELECT * FROM worldtune.my_account();
SELECT allowed, reason, balance FROM worldtune.check_credit('+442079460958');
-- Not the service's functions.
SELECT * FROM worldtune.user_account('00000000-0000-0000-0000-00000000000b');
SELECT * FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000b', '+442079460958');
RESET ROLE;

-- History: newest first, page by page, the own calls alone.
INSERT INTO call_logs (user_id, created_at, status, call_sid, credits_used) SELECT ('00000000-0000-0000-0000-00000000000' || u)::uuid, '2026-01-01 00:00:00+00'::timestamptz + i * interval '1 minute', 'completed', u || i, 0
  FROM unnest(ARRAY['a', 'b']) u, generate_series(1, 5) i;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-0000-0000-00000000000a", "role": "authenticated"}';
SELECT call_sid FROM worldtune.call_history(2);
SELECT call_sid FROM worldtune.call_history(2, (SELECT min(created_at) FROM worldtune.call_history(2)));
SELECT count(*) FROM worldtune.call_history();
SELECT count(*) FROM worldtune.call_history(0);
RESET ROLE;
ROLLBACK;
