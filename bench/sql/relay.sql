-- Users with credit, each with a call that rings: a line of user and SID for each.
\set QUIET on
SELECT worldtune.import_rates(:'deck') \g /dev/null
INSERT INTO public.users (id, email) SELECT md5('relay' || i)::uuid, 'relay' || i || '@example.org' FROM generate_series(1, :calls) i;
SELECT worldtune.add_credits(md5('relay' || i)::uuid, 100, 'pi_relay_' || i, 100) FROM generate_series(1, :calls) i \g /dev/null
SELECT worldtune.authorize_call(md5('relay' || i)::uuid, '+442079460958', 'CA' || md5('relay' || i)) FROM generate_series(1, :calls) i \g /dev/null
SELECT worldtune.record_call_status('CA' || md5('relay' || i), 'ringing', NULL, 'CA' || lpad((i - 1)::text, 32, 'f'), now(), md5('relay' || i)::uuid) FROM generate_series(1, :calls) i \g /dev/null
SELECT md5('relay' || i)::uuid, 'CA' || md5('relay' || i) FROM generate_series(1, :calls) i;
