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
ROLLBACK;
