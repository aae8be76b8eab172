-- Triggers fire in the order of their names. The guards come last, so that they see what the application's triggers made of a row.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
\set alice '''00000000-0000-0000-0000-00000000000a'''
INSERT INTO users (id) VALUES (:alice);
SELECT worldtune.import_rates(E'prefix,rate\n44,0.60\n') IS NOT NULL AS imported;
SELECT worldtune.add_credits(:alice, 20, 'pi_1', 20);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT credits_used FROM worldtune.record_call_status('CA1', 'completed', 61);
ALTER TABLE call_logs ADD seen_by text;

-- A trigger of the application may write its own columns, and none of what was booked.
CREATE FUNCTION pg_temp.marks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen_by := TG_NAME; RETURN NEW; END $$;
CREATE FUNCTION pg_temp.cheats() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.credits_used := 0; RETURN NEW; END $$;
CREATE TRIGGER zz_marks BEFORE UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.marks();
UPDATE call_logs SET note = 'called back' WHERE call_sid = 'CA1';
SELECT note, seen_by, credits_used FROM call_logs;
CREATE TRIGGER zz_cheats BEFORE UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.cheats();
UPDATE call_logs SET note = 'x' WHERE call_sid = 'CA1';
DROP TRIGGER zz_cheats ON call_logs;
-- Named to fire after the guard.
CREATE TRIGGER "~~cheats" BEFORE UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.cheats();
UPDATE call_logs SET note = 'x' WHERE call_sid = 'CA1';
SELECT worldtune.refund_call('CA1', 0.5, 'x');
DROP TRIGGER "~~cheats" ON call_logs;

-- Within a write of our own nothing that explains a bill is changed either, whatever its type.
CREATE FUNCTION pg_temp.shortens() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.billed_seconds := 1; NEW.status := 'busy'; RETURN NEW; END $$;
CREATE TRIGGER shortens BEFORE UPDATE ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.shortens();
SELECT worldtune.refund_call('CA1', 0.5, 'x');
DROP TRIGGER shortens ON call_logs;

-- Nor is a bill made out of a row of the application's own, or a booked payment.
CREATE FUNCTION pg_temp.forges() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.authorized_at := now(); NEW.billed_at := now(); RETURN NEW; END $$;
CREATE TRIGGER "~~forges" BEFORE INSERT ON call_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.forges();
INSERT INTO call_logs (user_id, call_sid, status, duration_minutes, credits_used) VALUES (:alice, 'CAold', 'completed', 1, 1);
DROP TRIGGER "~~forges" ON call_logs;
CREATE FUNCTION pg_temp.books() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.booked_at := now(); RETURN NEW; END $$;
CREATE TRIGGER zz_books BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION pg_temp.books();
INSERT INTO transactions (user_id, amount, credits_added, payment_intent_id, status) VALUES (:alice, 1, 1, 'pi_2', 'pending');

-- A balance is booked when it changes, not when the transaction ends.
SAVEPOINT put_off;
DROP TRIGGER "00_worldtune_book" ON users;
CREATE CONSTRAINT TRIGGER "00_worldtune_book" AFTER INSERT OR UPDATE OR DELETE ON users DEFERRABLE FOR EACH ROW EXECUTE FUNCTION worldtune_internal.book_users();
SELECT worldtune.adjust_credits(:alice, 1, 'x');
ROLLBACK TO SAVEPOINT put_off;

SELECT credits_used, billed_seconds, status FROM call_logs;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
