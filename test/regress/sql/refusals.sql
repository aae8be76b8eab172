-- Asking costs nothing, so refusals cannot fill the disk; how often was asked and not sold is still counted.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id) VALUES (:alice), (:bob);
CREATE FUNCTION pg_temp.ask(caller uuid, number text, times int) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(DISTINCT (a).call_id) FROM (SELECT worldtune.authorize_call(caller, number) AS a FROM generate_series(1, times)) _
$$;
-- The same over and over is one row; another number, another reason, another user is another.
SELECT pg_temp.ask(:alice, '+442079460958', 100), pg_temp.ask(:alice, '+442079460959', 2), pg_temp.ask(:alice, '+999123456789', 1), pg_temp.ask(:bob, '+442079460958', 3);
SELECT worldtune.adjust_credits(:alice, 100, 'credit');
SELECT worldtune.suspend_user(:alice, 'a test');
SELECT pg_temp.ask(:alice, '+442079460958', 4);
SELECT user_id, phone_number, reject_reason, attempts, ended_at = now() AS just_now FROM call_logs ORDER BY id;
-- What has a SID or a key of its own can be asked for again by it, and answers the same.
SELECT worldtune.resume_user(:alice);
SELECT worldtune.adjust_credits(:alice, -100, 'spent');
SELECT sid, (worldtune.authorize_call(:alice, '+442079460958', sid)).reason FROM unnest(ARRAY['CA1', 'CA2', 'CA1', 'CA2']) sid;
SELECT key, (worldtune.start_call(:alice, '+442079460958', key)).reason FROM unnest(ARRAY['k1', 'k2', 'k1']) key;
SELECT call_sid, idempotency_key, attempts FROM call_logs WHERE call_sid IS NOT NULL OR idempotency_key IS NOT NULL ORDER BY id;
-- It counts on the row of the last hour; after that it is news.
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '59 minutes 59 seconds', ended_at = ended_at - interval '59 minutes 59 seconds' WHERE user_id = :bob;
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = DEFAULT;
SELECT pg_temp.ask(:bob, '+442079460958', 1);
SELECT attempts, now() - created_at AS first_asked_ago, now() - ended_at AS last_asked_ago FROM call_logs WHERE user_id = :bob;
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '1 second' WHERE user_id = :bob;
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = DEFAULT;
SELECT pg_temp.ask(:bob, '+442079460958', 2);
SELECT attempts, now() - created_at AS first_asked_ago FROM call_logs WHERE user_id = :bob ORDER BY id;
-- Ever other numbers, SIDs, keys: sixty rows an hour, then the newest of them counts the rest, and the answer is still the right one.
DELETE FROM call_logs WHERE user_id = :bob;
SELECT count(*), count(DISTINCT (a).call_id) AS rows FROM (SELECT worldtune.authorize_call(:bob, '+4420794' || 60000 + i, 'CAb' || i) AS a FROM generate_series(1, 59) i) _;
SELECT count(*), count(DISTINCT (a).call_id) AS rows FROM (SELECT worldtune.authorize_call(:bob, '+4420795' || 60000 + i) AS a FROM generate_series(1, 500) i) _;
SELECT allowed, reason FROM worldtune.authorize_call(:bob, '+999123456789', 'CAc1');
SELECT allowed, reason, call_sid, status, number FROM worldtune.start_call(:bob, '+999123456789', 'another key');
SELECT count(*), sum(attempts), max(attempts) FROM call_logs WHERE user_id = :bob;
-- What the carrier tells of such a SID is answered as for any refused call: nothing changes, by whomever it is told again. Nobody else's SID is.
SELECT call_id = (SELECT id FROM call_logs WHERE user_id = :bob ORDER BY created_at DESC, id DESC LIMIT 1) AS the_row_that_counted, user_id, status, changed, billed, credits_used, balance
FROM worldtune.record_call_status('CAc1', 'completed', 4, user_id => :bob);
SELECT status, changed FROM worldtune.record_call_status('CAc1', 'completed', 4, user_id => :bob);
SELECT status FROM worldtune.record_call_status('CAc1', 'completed', 4);
SELECT status FROM worldtune.record_call_status('CAc1', 'completed', 4, user_id => :alice);
SELECT status FROM worldtune.record_call_status('CA1', 'completed', 4, user_id => :bob);
-- A call that is open and does not know its SID yet may be the one: the relay tells it, then.
SAVEPOINT waiting;
SELECT worldtune.adjust_credits(:bob, 1, 'credit');
SELECT allowed FROM worldtune.start_call(:bob, '+442079460958', 'waits');
SELECT status FROM worldtune.record_call_status('CAc1', 'ringing', user_id => :bob);
ROLLBACK TO SAVEPOINT waiting;
-- An hour later nobody remembers.
SAVEPOINT later;
SET LOCAL session_replication_role = replica;
SET LOCAL session_replication_role = replica;
UPDATE call_logs SET created_at = created_at - interval '66 minutes' WHERE user_id = :bob;
SET LOCAL session_replication_role = origin;
SET LOCAL session_replication_role = DEFAULT;
SELECT status FROM worldtune.record_call_status('CAc1', 'completed', 4, user_id => :bob);
ROLLBACK TO SAVEPOINT later;
-- A SID that was counted and not logged is decided anew; what is allowed is always logged.
SELECT worldtune.adjust_credits(:bob, 1, 'credit');
SELECT allowed, max_seconds FROM worldtune.authorize_call(:bob, '+442079460958', 'CAc1');
SELECT count(*), sum(attempts) FROM call_logs WHERE user_id = :bob;
-- Masked numbers are compared as they are stored.
UPDATE worldtune.settings SET store_masked_numbers = true;
SELECT worldtune.adjust_credits(:alice, 0.01, 'still too little');
SELECT pg_temp.ask(:alice, '+442079460977', 3);
SELECT phone_number, attempts FROM call_logs WHERE user_id = :alice ORDER BY id DESC LIMIT 1;
-- Nobody else writes the count.
SET LOCAL ROLE service_role;
UPDATE call_logs SET attempts = 1;
RESET ROLE;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
