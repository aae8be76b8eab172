-- The application's triggers run in the middle of ours, may call our functions, and may be wrong: the books stay true, or nothing happens.
\set ON_ERROR_ROLLBACK on
\set QUIET on
SET client_min_messages = warning;
BEGIN;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n39,0\n', allow_free => true);
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
\set carol '''00000000-0000-0000-0000-00000000000c'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 10), (:bob, 10);
SAVEPOINT as_it_was;

-- A referral: who tops up or calls earns another user a bonus, by our own function.
CREATE FUNCTION public.refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = '00000000-0000-0000-0000-00000000000a' AND NEW.credit_balance IS DISTINCT FROM OLD.credit_balance THEN
    PERFORM worldtune.adjust_credits('00000000-0000-0000-0000-00000000000b', 1, 'referral');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_referral AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.refer();
SELECT worldtune.add_credits(:alice, 5, 'pi_1', 5);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT right(user_id::text, 1) AS "user", delta, kind, note FROM credit_ledger ORDER BY id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO as_it_was;
CREATE FUNCTION public.refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = '00000000-0000-0000-0000-00000000000a' THEN
    PERFORM worldtune.adjust_credits('00000000-0000-0000-0000-00000000000b', 1, 'referral');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_referral BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.refer();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, credits_used, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT right(user_id::text, 1) AS "user", delta, kind FROM credit_ledger ORDER BY id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO as_it_was;

-- A bonus for the same user, written by the trigger itself: an adjustment of its own.
CREATE FUNCTION public.bonus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.credit_balance > OLD.credit_balance AND pg_trigger_depth() < 2 THEN
    UPDATE public.users SET credit_balance = credit_balance + 0.5 WHERE id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER a_bonus AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.bonus();
SELECT worldtune.add_credits(:alice, 5, 'pi_1', 5);
UPDATE users SET credit_balance = credit_balance + 2 WHERE id = :bob;
SELECT right(user_id::text, 1) AS "user", delta, balance_after, kind, transaction_id IS NOT NULL AS purchase FROM credit_ledger ORDER BY id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO as_it_was;
-- A welcome, before anything else is known of the user.
CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM worldtune.adjust_credits(NEW.id, 1, 'welcome'); RETURN NULL; END $$;
CREATE TRIGGER a_welcome AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.welcome();
INSERT INTO users (id, credit_balance) VALUES (:carol, 5);
SELECT right(user_id::text, 1) AS "user", delta, balance_after, kind FROM credit_ledger WHERE user_id = :carol ORDER BY id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO as_it_was;

-- Triggers that write other money or ids than ours are refused; their own columns are theirs.
CREATE FUNCTION public.round_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.credit_balance := ceil(NEW.credit_balance); RETURN NEW; END $$;
CREATE TRIGGER z_round BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.round_up();
SELECT worldtune.adjust_credits(:alice, 0.25, 'x');
ROLLBACK TO as_it_was;
CREATE FUNCTION public.renumber() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id := gen_random_uuid(); RETURN NEW; END $$;
CREATE TRIGGER z_renumber BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.renumber();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
ROLLBACK TO as_it_was;
CREATE FUNCTION public.hide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.phone_number := left(NEW.phone_number, 5); RETURN NEW; END $$;
CREATE TRIGGER z_hide BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.hide();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT phone_number FROM call_logs;
ROLLBACK TO as_it_was;
-- What is not booked is not changed.
ALTER TABLE users DISABLE TRIGGER "00_worldtune_book";
SELECT worldtune.adjust_credits(:alice, 5, 'x');
ROLLBACK TO as_it_was;

-- Triggers, defaults and constraints run as the table's owner, whoever owns the extension, and leave no setting behind.
CREATE ROLE regress_app_owner;
ALTER TABLE users OWNER TO regress_app_owner;
CREATE TABLE public.ran_as (who text);
GRANT INSERT ON public.ran_as TO regress_app_owner;
CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.ran_as VALUES (current_user);
  PERFORM set_config('search_path', 'nowhere', false);
  RETURN NEW;
END $$;
CREATE TRIGGER tell BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.tell();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, balance FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT DISTINCT who, current_setting('search_path') FROM ran_as;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO as_it_was;

-- A default may call our functions, and the tables may change meanwhile.
SELECT allowed FROM worldtune.authorize_call(:bob, '+442079460958', 'CAold');
CREATE FUNCTION public.busy_default() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'CREATE SCHEMA s' || floor(random() * 1e8)::int;
  PERFORM worldtune.record_call_status('CAold', 'ringing');
  RETURN 'x';
END $$;
ALTER TABLE call_logs ADD COLUMN busy text, ADD COLUMN later text DEFAULT 'abc', ADD COLUMN moment text DEFAULT clock_timestamp()::text;
ALTER TABLE call_logs ALTER busy SET DEFAULT public.busy_default();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT busy, later, moment IS NOT NULL AS moment FROM call_logs WHERE call_sid = 'CA1';
ROLLBACK TO as_it_was;
-- A domain that wants a value gets one, or there is no call.
CREATE DOMAIN public.wanted AS text NOT NULL;
ALTER TABLE call_logs ADD COLUMN tag public.wanted DEFAULT 'x';
ALTER TABLE call_logs ALTER tag DROP DEFAULT;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
ROLLBACK TO as_it_was;
-- Nor is a row written beyond the bounds of a partition.
CREATE TABLE public.all_calls (LIKE public.call_logs) PARTITION BY RANGE (created_at);
ALTER TABLE public.all_calls ATTACH PARTITION public.call_logs FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
\set VERBOSITY sqlstate
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
\set VERBOSITY default
ROLLBACK TO as_it_was;

-- Columns of other types are assigned to as SQL does; where a row is found by them, they are refused.
ALTER TABLE call_logs ALTER duration_minutes DROP DEFAULT, ALTER duration_minutes TYPE integer, ALTER duration_seconds TYPE numeric(10,2), ALTER status TYPE char(20);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, status, billed_seconds FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT billed, changed FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT status, duration_minutes, duration_seconds FROM worldtune.find_call(:alice, 'CA1');
SELECT status, duration_minutes, credits_used FROM worldtune.user_call_history(:alice);
CREATE TYPE public.call_status AS ENUM ('queued', 'ringing', 'completed');
ALTER TABLE call_logs ALTER status TYPE public.call_status USING trim(status)::public.call_status;
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA2');
SELECT status FROM worldtune.find_call(:alice, 'CA1');
ROLLBACK TO as_it_was;
ALTER TABLE call_logs ALTER call_sid TYPE char(40);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
ROLLBACK TO as_it_was;
-- What a person should look at: such types, and triggers that find their tables by a search_path.
ALTER TABLE call_logs ALTER status TYPE char(20);
CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit_log VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER audit AFTER UPDATE ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.audit();
SELECT object, detail FROM worldtune.setup() WHERE action = 'review';
ROLLBACK TO as_it_was;
-- The key need not be the primary key.
ALTER TABLE users DROP CONSTRAINT users_pkey;
ALTER TABLE users ADD COLUMN no bigserial PRIMARY KEY, ADD UNIQUE (id);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
ROLLBACK TO as_it_was;

-- A call in progress keeps its user, a free one too. Where the user was deleted with the guards away, it keeps nobody else's hold.
SELECT allowed, balance FROM worldtune.authorize_call(:alice, '+390669812345', 'CAfree');
SELECT allowed FROM worldtune.start_call(:alice, '+390669812345', 'free');
SELECT allowed FROM worldtune.start_call(:bob, '+442079460958', 'dear');
DELETE FROM users WHERE id = :alice;
SET LOCAL session_replication_role = replica;
DELETE FROM users WHERE id = :alice;
SET LOCAL session_replication_role = origin;
UPDATE worldtune_internal.holds SET due_at = now() - interval '1 second';
SELECT worldtune.expire_holds();
SELECT call_sid, credits FROM worldtune_internal.holds JOIN call_logs ON id = call_id;
SELECT status, changed, balance FROM worldtune.record_call_status('CAfree', 'busy');
ROLLBACK TO as_it_was;
-- One that cannot be expired is told of, the others are.
SELECT allowed FROM worldtune.start_call(:alice, '+442079460958', 'a');
SELECT allowed FROM worldtune.start_call(:bob, '+442079460958', 'b');
UPDATE worldtune_internal.holds SET due_at = now() - interval '1 second';
CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
CREATE TRIGGER fail AFTER UPDATE ON public.call_logs FOR EACH ROW WHEN (NEW.idempotency_key = 'a') EXECUTE FUNCTION public.fail();
SET client_min_messages = error;
SELECT worldtune.expire_holds();
SET client_min_messages = warning;
SELECT idempotency_key, status, credits_held, credits FROM call_logs LEFT JOIN worldtune_internal.holds ON call_id = id ORDER BY idempotency_key;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO as_it_was;
-- A trigger that authorises another call of the same user before the first one's row stands: both together hold no more than there is.
CREATE FUNCTION public.also_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.call_sid = 'CA1' THEN
    PERFORM worldtune.authorize_call(NEW.user_id, '+442079460958', 'CA2');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER also_call BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.also_call();
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT call_sid, status, credits_held FROM call_logs ORDER BY call_sid;
SELECT * FROM worldtune.check_integrity();
-- By the carrier's clock, which may be wrong, nothing happens after now.
SELECT status FROM worldtune.record_call_status('CA1', 'in-progress', occurred_at => '294000-12-31');
SELECT answered_at <= clock_timestamp() AS answered_by_now FROM call_logs WHERE call_sid = 'CA1';
ROLLBACK TO as_it_was;
-- A call that forgot its user is none.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
ALTER TABLE call_logs ALTER user_id DROP NOT NULL, DISABLE TRIGGER USER;
UPDATE call_logs SET user_id = NULL;
SELECT * FROM worldtune.record_call_status('CA1', 'completed', 61);
ROLLBACK TO as_it_was;

-- The holds follow from the calls: they can be made again, and are due as they were.
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT changed FROM worldtune.record_call_status('CA1', 'in-progress');
CREATE TEMP TABLE holds_before AS SELECT * FROM worldtune_internal.holds;
DELETE FROM worldtune_internal.holds;
INSERT INTO worldtune_internal.holds (call_id, user_id, credits, due_at) VALUES (gen_random_uuid(), :bob, 1, now());
SELECT invariant FROM worldtune.check_integrity();
SELECT count(*) > 0 AS mended FROM worldtune.setup();
SELECT count(*) AS holds, NOT EXISTS (TABLE holds_before EXCEPT TABLE worldtune_internal.holds) AS same FROM worldtune_internal.holds;
SELECT * FROM worldtune.check_integrity();
-- Codes of countries that would forbid nothing.
UPDATE worldtune.settings SET denied_countries = '{gb}';
UPDATE worldtune.settings SET allowed_countries = '{GBR}';
UPDATE worldtune.settings SET allowed_countries = '{GB,NULL}';
UPDATE worldtune.settings SET allowed_countries = '{GB,FR}', denied_countries = '{}';
ROLLBACK;
