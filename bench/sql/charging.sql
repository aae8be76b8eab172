-- 10,000 users with credit for more calls than any run makes.

INSERT INTO public.users (id, credit_balance) SELECT lpad(n::text, 32, '0')::uuid, 1000000000 FROM generate_series(1, 10000) AS n;

-- Opens calls 1 to `calls` of a client, of random users.
CREATE FUNCTION bench.open_calls(client integer, first integer, calls integer) RETURNS bigint
LANGUAGE sql AS $$
  SELECT count(worldtune.authorize_call(lpad((1 + floor(random() * 10000))::text, 32, '0')::uuid, '442079460958', (client * 100000000 + n)::text))
  FROM generate_series(first, first + calls - 1) AS n
$$;
