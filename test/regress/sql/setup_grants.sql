-- Rights that reach past what roles need: what a platform grants on every table, what a person granted by hand on tables of ours.
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = error;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();

-- As Supabase's default privileges leave a database: clients keep nothing of the tables whose columns are all ours.
GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated, service_role;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO anon, authenticated, service_role;
GRANT INSERT, UPDATE ON worldtune.ledger_details, worldtune.carrier_charges TO anon, authenticated;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT DISTINCT table_name FROM worldtune_internal.found_grants ORDER BY 1;
SELECT c.oid::regclass AS of_table, r.rolname, p.privilege
FROM pg_class c, pg_roles r, unnest('{INSERT,UPDATE}'::text[]) p(privilege)
WHERE c.oid IN ('credit_ledger'::regclass, 'worldtune.ledger_details'::regclass, 'worldtune.carrier_charges'::regclass) AND r.rolname IN ('anon', 'authenticated')
  AND has_any_column_privilege(r.oid, c.oid, p.privilege);
SELECT count(*) > 0 AS still_set_up FROM worldtune.setup();
SELECT object, state, remedy FROM worldtune.audit() WHERE state = 'hole';
-- One run closes the rest.
SELECT count(*) > 0 AS closed FROM worldtune.setup(close_holes => true);
SELECT * FROM worldtune.audit();
GRANT ALL ON ALL TABLES IN SCHEMA public, worldtune, worldtune_internal TO anon, authenticated, service_role;
GRANT UPDATE ON ALL TABLES IN SCHEMA public TO PUBLIC;
SELECT count(*) > 0 AS closed FROM worldtune.setup(close_holes => true);
SELECT * FROM worldtune.audit();

-- Clients have nothing in our schemas but what function_roles() says.
GRANT SELECT, UPDATE ON worldtune.settings TO anon;
GRANT UPDATE (prefix) ON worldtune.rate_overrides TO authenticated;
GRANT SELECT ON worldtune.ledger_details, worldtune.carrier_charges, worldtune_internal.holds TO authenticated;
GRANT USAGE ON SEQUENCE worldtune.rate_decks_id_seq TO PUBLIC;
GRANT INSERT ON worldtune.carrier_charges TO service_role;
GRANT EXECUTE ON FUNCTION worldtune.suspend_user, worldtune_internal.restore_holds TO PUBLIC, authenticated;
GRANT EXECUTE ON FUNCTION worldtune.suspend_user TO worldtune_relay;
SELECT object, state, detail, remedy FROM worldtune.audit() ORDER BY object COLLATE "C", state;
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok' ORDER BY object COLLATE "C", action;
SELECT object, state FROM worldtune.audit();
REVOKE EXECUTE ON FUNCTION worldtune.suspend_user FROM worldtune_relay;

-- Triggers of our own tables. The specification names every one that the script makes, as it makes it.
SELECT table_name, trigger_name, s.enabled, g.tgenabled
FROM (SELECT * FROM worldtune_internal.setup_triggers() WHERE definition IS NULL) s
FULL JOIN (SELECT c.relname::text AS table_name, g.tgname::text AS trigger_name, g.tgenabled FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
  WHERE c.relnamespace IN ('worldtune'::regnamespace, 'worldtune_internal'::regnamespace) AND NOT g.tgisinternal
    AND c.relname NOT IN (SELECT t.table_name FROM worldtune_internal.setup_tables() t)) g USING (table_name, trigger_name)
WHERE s.enabled IS DISTINCT FROM g.tgenabled;
ALTER TABLE worldtune.rate_decks DISABLE TRIGGER guard_decks;
ALTER TABLE worldtune.settings_history ENABLE TRIGGER guard_history;
ALTER TABLE worldtune.rates DISABLE TRIGGER signal_replicated_change;
DROP TRIGGER guard_settings ON worldtune.settings;
SELECT object, state, detail, remedy FROM worldtune.audit() ORDER BY object COLLATE "C";
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok' ORDER BY object COLLATE "C";
SELECT object, state FROM worldtune.audit();
CREATE TRIGGER guard_settings BEFORE DELETE OR TRUNCATE ON worldtune.settings FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_settings();

-- Owners, roles and schemas: a superuser's to change.
CREATE ROLE regress_member;
CREATE ROLE regress_staff;
GRANT worldtune_definer TO regress_member;
GRANT service_role TO regress_staff;
GRANT regress_staff TO authenticated;
ALTER FUNCTION worldtune.suspend_user OWNER TO CURRENT_USER;
ALTER ROLE worldtune_definer LOGIN;
ALTER ROLE anon BYPASSRLS;
GRANT CREATE ON SCHEMA worldtune TO PUBLIC;
GRANT CREATE ON SCHEMA worldtune_internal TO regress_member;
SELECT object, state, regexp_replace(detail, '^runs as \S+,', 'runs as another,') AS detail, remedy FROM worldtune.audit() ORDER BY object COLLATE "C", remedy COLLATE "C";
SELECT object, action FROM worldtune.setup() WHERE action <> 'ok' ORDER BY object COLLATE "C";
DO $$
DECLARE
  finding record;
BEGIN
  FOR finding IN SELECT * FROM worldtune.audit() LOOP
    EXECUTE finding.remedy;
  END LOOP;
END
$$;
SELECT * FROM worldtune.audit();
ROLLBACK;
