-- What somebody took away from our tables, audit() names, each with what mends it.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT * FROM worldtune.audit();
ALTER TABLE credit_ledger ALTER id DROP IDENTITY, DROP CONSTRAINT credit_ledger_pkey, ALTER delta DROP NOT NULL, ALTER created_at DROP DEFAULT;
ALTER TABLE call_logs DROP CONSTRAINT call_logs_pkey, ALTER attempts SET DEFAULT 0, ALTER reported_seconds DROP DEFAULT, ALTER credits_held DROP NOT NULL;
ALTER TABLE users ALTER credit_balance SET DEFAULT 1000;
SELECT object FROM worldtune.audit() WHERE object LIKE '%credit_balance';
ALTER TABLE users ALTER credit_balance DROP DEFAULT;
ALTER TABLE worldtune.ledger_details DROP CONSTRAINT ledger_details_pkey, ALTER role DROP NOT NULL;
ALTER TABLE worldtune.carrier_charges DROP CONSTRAINT carrier_charges_item_check, ALTER estimated DROP DEFAULT;
-- The application's own columns are its own affair.
ALTER TABLE transactions ALTER amount DROP NOT NULL, ALTER created_at DROP DEFAULT;
ALTER TABLE users ALTER created_at DROP NOT NULL;
SELECT * FROM worldtune.audit();
SELECT object, action, detail FROM worldtune.setup() WHERE action <> 'ok';
SELECT format('%s', remedy) FROM worldtune.audit() \gexec
SELECT * FROM worldtune.audit();
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';

-- What the application put off runs before setup() begins: nothing is left that runs at the end, or stands in the way.
SAVEPOINT put_off;
ALTER TABLE users ALTER credit_balance DROP DEFAULT;
CREATE FUNCTION pg_temp.greets() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER greets AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.greets();
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 0);
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
ROLLBACK TO SAVEPOINT put_off;

-- What setup() books gets its details, and the charge of a call none.
SAVEPOINT booked;
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 5);
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT billed FROM worldtune.record_call_status('CA1', 'completed', 61);
ALTER TABLE users DISABLE TRIGGER USER;
UPDATE users SET credit_balance = credit_balance + 1;
ALTER TABLE users ENABLE TRIGGER USER;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
SELECT l.kind, d.remark FROM credit_ledger l LEFT JOIN worldtune.ledger_details d ON d.entry_id = l.id ORDER BY l.id;
SELECT * FROM worldtune.check_integrity();
ROLLBACK TO SAVEPOINT booked;
-- A limit on decimals that old rows were not held against is made to hold for them.
SAVEPOINT not_valid;
ALTER TABLE credit_ledger ALTER delta TYPE numeric;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
ALTER TABLE credit_ledger DROP CONSTRAINT worldtune_delta_decimals;
ALTER TABLE credit_ledger ADD CONSTRAINT worldtune_delta_decimals CHECK (delta = round(delta, 6) AND abs(delta) < 1000000000000) NOT VALID;
SELECT * FROM worldtune.audit();
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
SELECT * FROM worldtune.audit();
ROLLBACK TO SAVEPOINT not_valid;
-- An index that was not finished is made again.
SAVEPOINT unfinished;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'worldtune_ledger_user'::regclass;
SELECT object, state, detail FROM worldtune.audit();
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok';
ROLLBACK TO SAVEPOINT unfinished;
-- A type other than ours is for a person.
SAVEPOINT other_type;
ALTER TABLE call_logs ALTER attempts TYPE bigint;
SELECT * FROM worldtune.audit();
ROLLBACK TO SAVEPOINT other_type;

-- Every row says what to do.
DROP TRIGGER keep_history ON worldtune.settings;
ALTER TABLE users ALTER credit_balance TYPE money;
SELECT object, state, remedy FROM worldtune.audit();
ALTER TABLE users ALTER credit_balance DROP DEFAULT, ALTER credit_balance TYPE boolean USING true;
SELECT object, state, detail, remedy FROM worldtune.audit() WHERE object IN ('rows of the tables', 'column public.users.credit_balance') OR remedy IS NULL;
ROLLBACK;
