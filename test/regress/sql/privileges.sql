-- Who may execute what. A function that is not in this list's output is its owner's alone.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
CREATE ROLE regress_stranger;
SELECT p.proname AS function, string_agg(r.rolname, ', ' ORDER BY r.rolname) AS may_execute
FROM pg_proc p LEFT JOIN pg_roles r ON r.rolname IN ('anon', 'authenticated', 'service_role', 'worldtune_relay', 'regress_stranger', 'pg_database_owner')
  AND has_function_privilege(r.rolname, p.oid, 'EXECUTE') AND has_schema_privilege(r.rolname, 'worldtune', 'USAGE')
WHERE p.pronamespace = 'worldtune'::regnamespace GROUP BY 1 ORDER BY 1;
-- Tables: the relay reaches none of them, clients see their own rows of four, the database's owner has what is the operator's and what a dump needs.
SELECT r.rolname, c.oid::regclass AS "table", string_agg(p.privilege, ', ' ORDER BY p.privilege) AS privileges
FROM pg_class c, pg_roles r, (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) p(privilege)
WHERE c.relkind IN ('r', 'v') AND c.relnamespace IN ('public'::regnamespace, 'worldtune'::regnamespace)
  AND r.rolname IN ('anon', 'authenticated', 'service_role', 'worldtune_relay', 'regress_stranger', 'pg_database_owner') AND has_table_privilege(r.rolname, c.oid, p.privilege)
GROUP BY r.rolname, c.oid ORDER BY r.rolname, c.oid::regclass::text;
SELECT a.attname, string_agg(p.privilege, ', ' ORDER BY p.privilege) AS authenticated
FROM pg_attribute a, (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) p(privilege)
WHERE a.attrelid = 'users'::regclass AND a.attnum > 0 AND has_column_privilege('authenticated', a.attrelid, a.attname, p.privilege) GROUP BY 1 ORDER BY 1;
SELECT relname, relrowsecurity FROM pg_class WHERE oid IN ('users'::regclass, 'transactions'::regclass, 'call_logs'::regclass, 'credit_ledger'::regclass) ORDER BY 1;
-- Single columns, sequences, what everybody may, and what members of our schemas hand out: nothing beside the lists above but this.
SELECT coalesce(r.rolname, 'PUBLIC') AS grantee, c.oid::regclass AS relation, g.columns, g.privileges
FROM pg_class c
CROSS JOIN LATERAL (
  SELECT x.grantee, NULL AS columns, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges FROM aclexplode(c.relacl) x GROUP BY x.grantee
UNION ALL
  SELECT x.grantee, string_agg(DISTINCT a.attname, ', ' ORDER BY a.attname), x.privilege_type FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid GROUP BY x.grantee, x.privilege_type
) g
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'worldtune', 'worldtune_internal')) AND c.relkind IN ('r', 'v', 'S')
  AND (g.grantee = 0 OR r.rolname IN ('anon', 'authenticated', 'worldtune_relay', 'regress_stranger') OR r.rolname = 'service_role' AND (g.columns IS NOT NULL OR c.relkind = 'S'))
ORDER BY 1, c.oid::regclass::text, 3, 4;
-- What acts for others belongs to worldtune_definer or worldtune_keeper, who are no superusers; what runs as its caller (superusers run setup()) does not: nobody but the extension's creator can change it.
SELECT p.oid::regprocedure AS owned_wrongly FROM pg_proc p
WHERE p.pronamespace IN ('worldtune'::regnamespace, 'worldtune_internal'::regnamespace) AND p.prosecdef <> (p.proowner IN ('worldtune_definer'::regrole, 'worldtune_keeper'::regrole)) ORDER BY 1;
-- worldtune_keeper, who may make tables in schema worldtune, comes to run nothing of the application: its functions are these.
SELECT p.oid::regprocedure AS of_the_keeper FROM pg_proc p WHERE p.proowner = 'worldtune_keeper'::regrole ORDER BY 1;
SELECT has_schema_privilege('worldtune_definer', 'worldtune', 'CREATE') OR has_schema_privilege('worldtune_definer', 'worldtune_internal', 'CREATE') AS definer_may_create;
SELECT n.nspname, coalesce(r.rolname, 'PUBLIC') AS grantee, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
WHERE n.nspname IN ('worldtune', 'worldtune_internal') AND x.grantee <> n.nspowner GROUP BY 1, 2 ORDER BY 1, 2;
-- Every SECURITY DEFINER function pins its search_path, everything is commented.
SELECT proname FROM pg_proc WHERE pronamespace = 'worldtune'::regnamespace AND prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false);
SELECT p.oid::regprocedure AS uncommented FROM pg_proc p WHERE pronamespace = 'worldtune'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;
SELECT c.oid::regclass AS uncommented FROM pg_class c WHERE relnamespace = 'worldtune'::regnamespace AND relkind = 'r' AND obj_description(c.oid, 'pg_class') IS NULL;
SELECT t.oid::regtype AS uncommented FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' WHERE typnamespace = 'worldtune'::regnamespace AND obj_description(t.oid, 'pg_type') IS NULL;
-- A hostile path changes nothing.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'infinity'::timestamptz $$;
CREATE FUNCTION hostile.numeric_pl_hostile(numeric, numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT 1000000.0 $$;
CREATE OPERATOR hostile.+ (FUNCTION = hostile.numeric_pl_hostile, LEFTARG = numeric, RIGHTARG = numeric);
CREATE TABLE hostile.users (id uuid, credit_balance numeric);
INSERT INTO users (id) VALUES ('00000000-0000-0000-0000-00000000000a');
SET LOCAL search_path = hostile, public;
SELECT worldtune.add_credits('00000000-0000-0000-0000-00000000000a', 1, 'pi_1', 1);
SELECT isfinite(created_at) FROM public.transactions;
ROLLBACK;
