-- Everything that a person meets in the catalog says what it is, with its units: what has no comment stands here.
\set QUIET on
BEGIN;
SET client_min_messages = error;
DROP TABLE IF EXISTS public.users, public.transactions, public.call_logs;
-- The application's own, as found.
CREATE TABLE users (id uuid PRIMARY KEY, created_at timestamptz, email text, credit_balance numeric(10,2) DEFAULT 0, name text, avatar_url text);
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
CREATE TEMP VIEW ours AS SELECT oid FROM pg_namespace WHERE nspname IN ('worldtune', 'worldtune_internal');
SELECT c.oid::regclass AS relation FROM pg_class c
WHERE (relnamespace IN (SELECT oid FROM ours) AND relkind IN ('r', 'v', 'm') OR c.oid IN (SELECT to_regclass('public.' || table_name) FROM worldtune_internal.setup_tables()))
  AND coalesce(obj_description(c.oid, 'pg_class'), '') = '' ORDER BY 1;
SELECT c.oid::regclass AS relation, a.attname AS "column" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE (relnamespace IN (SELECT oid FROM ours) AND relkind IN ('r', 'v', 'm', 'c') OR c.oid IN (SELECT to_regclass('public.' || table_name) FROM worldtune_internal.setup_tables()))
  AND coalesce(col_description(c.oid, a.attnum), '') = '' ORDER BY 1, 2;
SELECT p.oid::regprocedure AS routine FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM ours) AND coalesce(obj_description(p.oid, 'pg_proc'), '') = '' ORDER BY 1;
SELECT t.oid::regtype AS type FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE typnamespace IN (SELECT oid FROM ours) AND (typtype IN ('e', 'd') OR c.relkind = 'c') AND coalesce(obj_description(t.oid, 'pg_type'), '') = '' ORDER BY 1;
SELECT nspname AS schema FROM pg_namespace n WHERE oid IN (SELECT oid FROM ours) AND coalesce(obj_description(n.oid, 'pg_namespace'), '') = '';
ROLLBACK;
