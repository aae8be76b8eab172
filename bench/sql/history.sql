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
CREATE TEMPORARY TABLE indexes AS SELECT indexdef FROM pg_indexes
  WHERE schemaname = 'public' AND tablename IN ('call_logs', 'credit_ledger');
SELECT format('DROP INDEX public.%I', indexname) FROM pg_indexes
  WHERE schemaname = 'public' AND tablename IN ('call_logs', 'credit_ledger') \gexec

SET session_replication_role = replica; -- the rows are made whole: no trigger books them
ALTER TABLE public.credit_ledger DISABLE TRIGGER worldtune_append_only;
INSERT INTO public.call_logs (id, created_at, authorized_at, answered_at, ended_at, billed_at, user_id, call_sid, status, phone_number, country,
    iso_country, price_source, deck_id, prefix, rate, connection_fee, minimum_seconds, increment_seconds, max_seconds, duration_seconds, billed_seconds,
    duration_minutes, credits_used, reported_seconds)
  SELECT md5(n::text)::uuid, at, at, at, at + interval '95 s', at + interval '95 s', lpad((1 + n % 10000)::text, 32, '0')::uuid,
    'CA' || md5(n::text), 'completed', '+442079460958', r.country, r.iso_country, 'deck', r.deck_id, r.prefix, r.rate, r.connection_fee,
    r.minimum_seconds, r.increment_seconds, 14400, 95, 120, 2, 2 * r.rate, '{95}'
  FROM worldtune.rates r, generate_series(1, :rows) AS n, LATERAL (SELECT now() - interval '2 days' - (:rows - n) * interval '3 s' AS at) t
  WHERE r.prefix = '44';
INSERT INTO public.credit_ledger (user_id, created_at, delta, balance_after, kind, call_id)
  SELECT user_id, billed_at, -credits_used, 1000000000 - sum(credits_used) OVER (PARTITION BY user_id ORDER BY created_at), 'call', id
  FROM public.call_logs;
UPDATE public.users u SET credit_balance = credit_balance - c.used
  FROM (SELECT user_id, sum(credits_used) AS used FROM public.call_logs GROUP BY user_id) c WHERE c.user_id = u.id;
ALTER TABLE public.credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only;
RESET session_replication_role;

ALTER TABLE public.call_logs ADD PRIMARY KEY (id);
ALTER TABLE public.credit_ledger ADD PRIMARY KEY (id);
SELECT indexdef FROM indexes \gexec
SELECT worldtune.setup() \g /dev/null
VACUUM (ANALYZE);
