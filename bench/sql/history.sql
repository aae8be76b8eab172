-- So many billed calls of 10,000 users, in the order in which they were made, and the ledger that they left.

SET client_min_messages = warning;
CREATE EXTENSION pg_worldtune;
SELECT worldtune.setup() \g /dev/null
SELECT worldtune.import_rates(:'deck', 'country') \g /dev/null
CREATE SCHEMA bench;
\i bench/sql/charging.sql

-- Built afterwards, indexes are built faster.
SELECT format('ALTER TABLE public.%I DROP CONSTRAINT %I', conrelid::regclass::text, conname) FROM pg_constraint
  WHERE contype = 'p' AND conrelid IN ('public.call_logs'::regclass, 'public.credit_ledger'::regclass) \gexec
SELECT format('DROP INDEX public.%I', indexname) FROM pg_indexes
  WHERE schemaname = 'public' AND tablename IN ('call_logs', 'credit_ledger') \gexec

SET session_replication_role = replica; -- the rows are made whole: no trigger books them
INSERT INTO public.call_logs (id, created_at, authorized_at, answered_at, ended_at, billed_at, user_id, call_sid, status, phone_number, country,
    iso_country, deck_id, prefix, rate, connection_fee, minimum_seconds, increment_seconds, max_seconds, duration_seconds, billed_seconds,
    duration_minutes, credits_used, reported_seconds)
  SELECT md5(n::text)::uuid, at, at, at, at + interval '95 s', at + interval '95 s', lpad((1 + n % 10000)::text, 32, '0')::uuid,
    'CA' || md5(n::text), 'completed', '+442079460958', 'United Kingdom', 'GB', 1, '44', 0.3, 0, 60, 60, 14400, 95, 120, 2, 0.6, '{95}'
  FROM generate_series(1, :rows) AS n, LATERAL (SELECT now() - interval '2 days' - (:rows - n) * interval '3 s' AS at) t;
INSERT INTO public.credit_ledger (user_id, created_at, delta, balance_after, kind, call_id)
  SELECT user_id, billed_at, -0.6, 1000000000 - 0.6 * row_number() OVER (PARTITION BY user_id ORDER BY created_at), 'call', id FROM public.call_logs;
UPDATE public.users u SET credit_balance = credit_balance - c.used
  FROM (SELECT user_id, sum(credits_used) AS used FROM public.call_logs GROUP BY user_id) c WHERE c.user_id = u.id;
RESET session_replication_role;

ALTER TABLE public.call_logs ADD PRIMARY KEY (id);
ALTER TABLE public.credit_ledger ADD PRIMARY KEY (id);
SELECT worldtune.setup() \g /dev/null
VACUUM (ANALYZE);
