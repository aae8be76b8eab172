-- What setup() and audit() find of privileges and policies, and what a person should look at.

-- PostgreSQL has no "all columns but that one": where a client's right on a whole table becomes one on columns, it is remembered, and columns that
-- the application adds later get it, too.
CREATE TABLE worldtune_internal.found_grants (
  table_name text NOT NULL,
  role_name text NOT NULL,
  privilege text NOT NULL,
  PRIMARY KEY (table_name, role_name, privilege)
);
SELECT pg_catalog.pg_extension_config_dump('worldtune_internal.found_grants', '');
COMMENT ON TABLE worldtune_internal.found_grants IS 'Rights of clients on whole tables of the application, as setup() found them before it took our columns out of them.';
COMMENT ON COLUMN worldtune_internal.found_grants.table_name IS 'The table in schema public.';
COMMENT ON COLUMN worldtune_internal.found_grants.role_name IS 'Who had it: anon, authenticated or PUBLIC.';
COMMENT ON COLUMN worldtune_internal.found_grants.privilege IS 'INSERT or UPDATE.';

CREATE FUNCTION worldtune_internal.is_own_rows(expression pg_node_tree, owner_column smallint) RETURNS boolean
  LANGUAGE c STABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'worldtune_is_own_rows';
COMMENT ON FUNCTION worldtune_internal.is_own_rows(pg_node_tree, smallint) IS
  'Whether a policy''s expression is true only where that column is the signed-in user: auth.uid(), auth.jwt() ->> ''sub'' or worldtune.current_user_id().';

CREATE FUNCTION worldtune_internal.setup_is_client(role oid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT role = 0 OR EXISTS (SELECT FROM pg_roles WHERE oid = role AND rolname IN ('anon', 'authenticated')) $$;
COMMENT ON FUNCTION worldtune_internal.setup_is_client(oid) IS 'Whether that is one of the roles that people''s browsers act as; 0 is PUBLIC.';

CREATE FUNCTION worldtune_internal.setup_grants(table_name text)
  RETURNS TABLE (table_id oid, target text, role oid, role_name text, grantee text, privilege text, attribute smallint, column_name text, is_ours boolean)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT x.id, x.name, g.grantee, coalesce(r.rolname::text, 'PUBLIC'), coalesce(quote_ident(r.rolname), 'PUBLIC'), g.privilege_type, g.attnum, g.attname::text,
    g.attnum = 0 OR EXISTS (SELECT FROM worldtune_internal.setup_columns() c WHERE c.table_name = $1 AND c.column_name = g.attname)
      AND NOT g.attname = ANY (t.client_columns)
  FROM worldtune_internal.setup_tables() t
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  JOIN pg_class c ON c.oid = x.id
  CROSS JOIN LATERAL (
    SELECT a.grantee, a.privilege_type, 0::smallint AS attnum, NULL::name AS attname FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
  UNION ALL
    SELECT a.grantee, a.privilege_type, p.attnum, p.attname FROM pg_attribute p, aclexplode(p.attacl) a WHERE p.attrelid = c.oid AND NOT p.attisdropped
  ) g
  LEFT JOIN pg_roles r ON r.oid = g.grantee
  WHERE t.table_name = $1 AND g.grantee <> c.relowner;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_grants(text) IS
  'What is granted on the table and its columns to others than its owner. is_ours: it covers columns that clients do not write.';

-- The columns that a client may go on writing: those that are not ours, of them those that it could write.
CREATE FUNCTION worldtune_internal.setup_kept_columns(table_name text, role_name text, privilege text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
  FROM worldtune_internal.setup_tables() t
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  JOIN pg_attribute a ON a.attrelid = x.id AND a.attnum > 0 AND NOT a.attisdropped
  WHERE t.table_name = $1
    AND (a.attname = ANY (t.client_columns) OR NOT EXISTS (SELECT FROM worldtune_internal.setup_columns() c WHERE c.table_name = $1 AND c.column_name = a.attname))
    AND EXISTS (SELECT FROM worldtune_internal.setup_grants($1) g
                WHERE g.role_name = $2 AND g.privilege = $3 AND g.attribute IN (0, a.attnum))
$$;
COMMENT ON FUNCTION worldtune_internal.setup_kept_columns(text, text, text) IS 'A list for GRANT, NULL when it is empty.';

CREATE FUNCTION worldtune_internal.setup_find_excess(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  -- No client deletes, nor makes foreign keys; in our own schema none does anything.
  RETURN QUERY
  SELECT format('%s on %s by %s', string_agg(DISTINCT g.privilege, ', '), g.target, g.role_name), 'close', 'is not for clients', 'setup',
    format('REVOKE %s ON %s FROM %s', string_agg(DISTINCT g.privilege, ', '), g.target, g.grantee)
  FROM worldtune_internal.setup_grants($1) g
  JOIN worldtune_internal.setup_tables() t ON t.table_name = $1
  WHERE worldtune_internal.setup_is_client(g.role) AND (t.schema_name = 'worldtune' OR g.privilege NOT IN ('SELECT', 'INSERT', 'UPDATE')) AND g.privilege <> 'TRIGGER'
  GROUP BY g.target, g.role_name, g.grantee
UNION ALL
  -- Our functions write as the table's owner, and so its triggers run, whoever made them.
  SELECT format('TRIGGER on %s by %s', g.target, g.role_name), 'close', 'could run code as the table''s owner', 'setup', format('REVOKE TRIGGER ON %s FROM %s CASCADE', g.target, g.grantee)
  FROM worldtune_internal.setup_grants($1) g
  WHERE g.privilege = 'TRIGGER'
  GROUP BY g.target, g.role_name, g.grantee
UNION ALL
  SELECT format('%s on %s by %s', g.privilege, g.target, g.role_name), 'close',
    CASE WHEN $1 = 'users' THEN 'credit_balance is' ELSE 'the columns of pg_worldtune are' END || ' no longer the user''s to write', 'setup',
    format('REVOKE %s ON %s FROM %s', g.privilege, g.target, g.grantee)
    || CASE WHEN bool_or(g.attribute = 0) AND k.columns IS NOT NULL
         THEN format('; INSERT INTO worldtune_internal.found_grants VALUES (%L, %L, %L) ON CONFLICT DO NOTHING', $1, g.role_name, g.privilege) ELSE '' END
    || CASE WHEN k.columns IS NOT NULL THEN format('; GRANT %s (%s) ON %s TO %s', g.privilege, k.columns, g.target, g.grantee) ELSE '' END
  FROM worldtune_internal.setup_grants($1) g
  JOIN worldtune_internal.setup_tables() t ON t.table_name = $1 AND t.schema_name = 'public'
  CROSS JOIN LATERAL (SELECT worldtune_internal.setup_kept_columns($1, g.role_name, g.privilege) AS columns) k
  WHERE worldtune_internal.setup_is_client(g.role) AND g.privilege IN ('INSERT', 'UPDATE')
  GROUP BY g.target, g.role_name, g.grantee, g.privilege, k.columns
  HAVING bool_or(g.is_ours)
UNION ALL
  -- More than setup_privileges() gives. The application may rely on it, so it goes with close_holes alone; of clients it is what the commands above leave.
  SELECT format('%s on %s by %s', string_agg(DISTINCT g.privilege, ', '), g.target, g.role_name), 'revoke', 'is more than that role needs',
    CASE t.schema_name WHEN 'public' THEN 'close_holes' ELSE 'setup' END, format('REVOKE %s ON %s FROM %s', string_agg(DISTINCT g.privilege, ', '), g.target, g.grantee)
  FROM worldtune_internal.setup_grants($1) g
  JOIN worldtune_internal.setup_tables() t ON t.table_name = $1
  WHERE g.privilege <> 'TRIGGER' AND CASE
    WHEN worldtune_internal.setup_is_client(g.role) THEN t.schema_name = 'public' AND g.privilege IN ('INSERT', 'UPDATE')
      AND NOT (g.role_name = 'authenticated' AND g.privilege = ANY (t.own_rows)) AND worldtune_internal.setup_kept_columns($1, g.role_name, g.privilege) IS NOT NULL
    ELSE (t.schema_name = 'worldtune' OR g.role_name IN ('service_role', 'worldtune_relay')) AND NOT EXISTS (SELECT FROM worldtune_internal.setup_privileges() p
      WHERE p.table_name = $1 AND p.role_name = g.role_name AND g.privilege = ANY (p.privileges)) END
  GROUP BY g.target, g.role_name, g.grantee, t.schema_name
UNION ALL
  SELECT format('%s on %s by %s', string_agg(DISTINCT g.privilege, ', '), g.target, g.role_name), 'review', 'anon or authenticated has it as a member of that role',
    'person', format('REVOKE %s ON %s FROM %s', string_agg(DISTINCT g.privilege, ', '), g.target, g.grantee)
  FROM worldtune_internal.setup_grants($1) g
  WHERE g.role <> 0 AND NOT worldtune_internal.setup_is_client(g.role) AND (g.is_ours OR g.privilege NOT IN ('INSERT', 'UPDATE')) AND g.privilege NOT IN ('SELECT', 'TRIGGER')
    AND EXISTS (SELECT FROM pg_roles c WHERE c.rolname IN ('anon', 'authenticated') AND pg_has_role(c.oid, g.role, 'USAGE'))
  GROUP BY g.target, g.role_name, g.grantee
UNION ALL
  -- With setval a client could stop the booking; Supabase grants every sequence made in public to the API's roles.
  SELECT format('%s on sequence %s by %s', string_agg(a.privilege_type, ', '), s.oid::regclass, coalesce(r.rolname, 'PUBLIC')), 'close', 'is not for clients', 'setup',
    format('REVOKE ALL ON SEQUENCE %s FROM %s', s.oid::regclass, coalesce(quote_ident(r.rolname), 'PUBLIC'))
  FROM worldtune_internal.setup_target($1) x
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = x.id AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  CROSS JOIN LATERAL aclexplode(s.relacl) a
  LEFT JOIN pg_roles r ON r.oid = a.grantee
  WHERE worldtune_internal.setup_is_client(a.grantee) OR r.rolname IN ('service_role', 'worldtune_relay')
  GROUP BY s.oid, r.rolname
  -- 'close' comes before 'revoke', which takes what that leaves.
  ORDER BY 2, 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_excess(text) IS 'Privileges beyond setup_privileges(); those that reach our money are closed always.';

-- Clients are granted nothing on a table without row-level security.
CREATE FUNCTION worldtune_internal.setup_find_missing_grants(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH wanted AS (
    SELECT p.role_name, r.oid AS role, quote_ident(p.role_name) AS grantee, v.privilege, p.columns
    FROM worldtune_internal.setup_privileges() p JOIN pg_roles r ON r.rolname = p.role_name, unnest(p.privileges) v(privilege)
    WHERE p.table_name = $1
  UNION ALL
    SELECT f.role_name, coalesce(r.oid, 0), coalesce(quote_ident(r.rolname), 'PUBLIC'), f.privilege,
      ARRAY(SELECT a.attname::text FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target($1) x, pg_attribute a
       WHERE t.table_name = $1 AND a.attrelid = x.id AND a.attnum > 0 AND NOT a.attisdropped
         AND NOT EXISTS (SELECT FROM worldtune_internal.setup_columns() c WHERE c.table_name = $1 AND c.column_name = a.attname AND NOT a.attname = ANY (t.client_columns))
         AND NOT EXISTS (SELECT FROM worldtune_internal.setup_retired_columns() c WHERE c.table_name = $1 AND c.column_name = a.attname))
    FROM worldtune_internal.found_grants f LEFT JOIN pg_roles r ON r.rolname = f.role_name
    -- From whom somebody took it on every column is not to get it back.
    WHERE f.table_name = $1 AND EXISTS (SELECT FROM worldtune_internal.setup_grants($1) g WHERE g.role_name = f.role_name AND g.privilege = f.privilege)
  ), missing AS (
    SELECT w.role_name, w.role, w.grantee, w.privilege, n.column_name
    FROM wanted w
    CROSS JOIN LATERAL unnest(coalesce(w.columns, ARRAY[NULL])) n(column_name)
    WHERE NOT EXISTS (SELECT FROM worldtune_internal.setup_grants($1) g
                      WHERE g.role = w.role AND g.privilege = w.privilege AND (g.attribute = 0 OR g.column_name = n.column_name))
  )
  SELECT format('%s on %s by %s', m.privilege, x.name, m.role_name), 'grant', coalesce('columns ' || string_agg(DISTINCT m.column_name, ', '), 'the whole table'), 'setup',
    format('GRANT %s%s ON %s TO %s', m.privilege, coalesce(' (' || string_agg(DISTINCT quote_ident(m.column_name), ', ') || ')', ''), x.name, m.grantee)
  FROM missing m
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  JOIN pg_class c ON c.oid = x.id AND c.relowner <> m.role
  WHERE NOT worldtune_internal.setup_is_client(m.role) OR c.relrowsecurity
  GROUP BY m.privilege, x.name, m.role_name, m.grantee
  ORDER BY 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_missing_grants(text) IS 'What setup_privileges() gives and what clients had on whole tables, where it is not granted.';

CREATE FUNCTION worldtune_internal.setup_policies(table_name text)
  RETURNS TABLE (id oid, name text, command text, is_ours boolean, for_clients boolean, roles oid[], restrictive boolean,
    reads_own boolean, writes_own boolean, condition text, new_condition text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT p.oid, p.polname::text, v.command, p.polname ~ '^worldtune_own_rows(_insert|_update)?$',
    EXISTS (SELECT FROM unnest(p.polroles) r WHERE worldtune_internal.setup_is_client(r)
      OR EXISTS (SELECT FROM pg_roles c WHERE c.rolname IN ('anon', 'authenticated') AND pg_has_role(c.oid, r, 'USAGE'))),
    p.polroles, NOT p.polpermissive,
    p.polqual IS NULL OR worldtune_internal.is_own_rows(p.polqual, a.attnum),
    coalesce(p.polwithcheck, p.polqual) IS NULL OR worldtune_internal.is_own_rows(coalesce(p.polwithcheck, p.polqual), a.attnum),
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
  FROM worldtune_internal.setup_tables() t
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  JOIN pg_policy p ON p.polrelid = x.id
  JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = t.owner_column
  JOIN (VALUES ('r'::"char", 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE'), ('*', 'ALL')) AS v(code, command) ON v.code = p.polcmd
  WHERE t.table_name = $1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_policies(text) IS 'The policies of the table, each with whether it lets one read and write one''s own rows alone.';

CREATE FUNCTION worldtune_internal.setup_own_rows_policy(table_name text, command text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('CREATE POLICY %s ON %s FOR %s TO authenticated %s', 'worldtune_own_rows' || CASE command WHEN 'SELECT' THEN '' ELSE '_' || lower(command) END,
    x.name, command, CASE command WHEN 'INSERT' THEN 'WITH CHECK ' || e.own WHEN 'UPDATE' THEN 'USING ' || e.own || ' WITH CHECK ' || e.own ELSE 'USING ' || e.own END)
  FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target($1) x,
    LATERAL (SELECT format('(%I = (SELECT worldtune.current_user_id()))', t.owner_column) AS own) e
  WHERE t.table_name = $1
$$;
COMMENT ON FUNCTION worldtune_internal.setup_own_rows_policy(text, text) IS 'The command that lets users do that with their own rows of the table, and with no others.';

-- Our policies are kept right where they are, and made where the application has none of its own.
CREATE FUNCTION worldtune_internal.setup_find_own_policies(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT format('row-level security of %s', x.name), CASE WHEN c.relrowsecurity THEN 'ok' ELSE 'close' END,
    CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'without it clients read and write every row' END,
    CASE WHEN c.relrowsecurity THEN NULL WHEN t.table_name = 'credit_ledger' THEN 'setup' ELSE 'close_holes' END,
    CASE WHEN NOT c.relrowsecurity THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', x.name) END
  FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target($1) x JOIN pg_class c ON c.oid = x.id
  WHERE t.table_name = $1 AND t.owner_column IS NOT NULL
UNION ALL
  SELECT format('policy %s on %s', n.name, x.name), CASE WHEN p.id IS NULL THEN 'create' WHEN s.stands THEN 'ok' ELSE 'alter' END,
    'users ' || lower(v.command) || ' their own rows', CASE WHEN p.id IS NULL OR NOT s.stands THEN 'setup' END,
    CASE WHEN p.id IS NULL OR NOT s.stands THEN
      CASE WHEN p.id IS NULL THEN '' ELSE format('DROP POLICY %I ON %s; ', n.name, x.name) END || worldtune_internal.setup_own_rows_policy($1, v.command) END
  FROM worldtune_internal.setup_tables() t
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  CROSS JOIN LATERAL unnest(t.own_rows) v(command)
  CROSS JOIN LATERAL (SELECT 'worldtune_own_rows' || CASE v.command WHEN 'SELECT' THEN '' ELSE '_' || lower(v.command) END AS name) n
  LEFT JOIN worldtune_internal.setup_policies($1) p ON p.name = n.name
  CROSS JOIN LATERAL (SELECT p.command = v.command AND NOT p.restrictive AND p.reads_own AND p.writes_own
    AND p.roles = ARRAY(SELECT r.oid FROM pg_roles r WHERE r.rolname = 'authenticated') AS stands) s
  WHERE t.table_name = $1 AND x.id IS NOT NULL
    AND (p.id IS NOT NULL OR NOT EXISTS (SELECT FROM worldtune_internal.setup_policies($1) o WHERE o.for_clients AND NOT o.restrictive AND NOT o.is_ours
      AND (v.command <> 'SELECT' OR o.command IN ('SELECT', 'ALL'))))
  ORDER BY 1 DESC;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_own_policies(text) IS 'Row-level security, and the policies that let users see their own rows.';

-- A policy is narrowed rather than replaced, so that closing a hole never lets anybody see or write more than before; it is dropped where another policy
-- already lets users reach their own rows in the same way.
CREATE FUNCTION worldtune_internal.setup_find_policy_holes(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT format('policy "%s" on %s', p.name, x.name), 'close', h.detail, 'close_holes',
    CASE
      WHEN h.own_payments OR EXISTS (SELECT FROM worldtune_internal.setup_policies($1) o WHERE o.id <> p.id AND NOT o.restrictive AND o.reads_own AND o.writes_own
          AND o.command = p.command AND (o.roles = '{0}' OR o.roles @> p.roles))
        THEN format('DROP POLICY %I ON %s', p.name, x.name)
          || CASE WHEN p.command = 'ALL' THEN format('; CREATE POLICY %I ON %s FOR SELECT TO %s USING ((%s) AND %s)', p.name, x.name,
               (SELECT string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ') FROM unnest(p.roles) g(id) LEFT JOIN pg_roles r ON r.oid = g.id), coalesce(p.condition, 'false'), e.own) ELSE '' END
      ELSE format('ALTER POLICY %I ON %s', p.name, x.name)
        || CASE WHEN p.condition IS NULL THEN '' ELSE format(' USING ((%s) AND %s)', p.condition, e.own) END
        || CASE WHEN p.new_condition IS NULL THEN '' ELSE format(' WITH CHECK ((%s) AND %s)', p.new_condition, e.own) END END
  FROM worldtune_internal.setup_tables() t
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  -- Supabase's own function, where there is one: then the policy outlives this extension.
  CROSS JOIN LATERAL (SELECT format('%I = (SELECT %s())', t.owner_column, CASE WHEN EXISTS (SELECT FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
    WHERE n.nspname = 'auth' AND f.proname = 'uid' AND f.pronargs = 0 AND has_schema_privilege(x.owner, n.oid, 'USAGE')) THEN 'auth.uid' ELSE 'worldtune.current_user_id' END) AS own) e
  JOIN worldtune_internal.setup_policies($1) p ON p.for_clients AND NOT p.restrictive AND NOT p.is_ours
  CROSS JOIN LATERAL (SELECT $1 = 'transactions' AND p.command IN ('INSERT', 'UPDATE', 'ALL') AS own_payments,
    CASE WHEN p.command IN ('SELECT', 'ALL') AND NOT p.reads_own THEN 'lets users read other users'' rows'
      WHEN $1 = 'transactions' AND p.command IN ('INSERT', 'UPDATE', 'ALL') THEN 'lets users insert or change their own transactions'
      WHEN p.command IN ('INSERT', 'UPDATE', 'ALL') AND NOT (p.writes_own AND p.reads_own) THEN 'lets users write other users'' rows' END AS detail) h
  WHERE t.table_name = $1 AND h.detail IS NOT NULL
    AND (h.own_payments OR NOT EXISTS (SELECT FROM worldtune_internal.setup_policies($1) o
      WHERE o.restrictive AND o.reads_own AND o.writes_own AND o.command IN (p.command, 'ALL') AND (o.roles = '{0}' OR o.roles @> p.roles)))
  ORDER BY 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_policy_holes(text) IS
  'Policies of the application that let clients reach rows which are not their own, or write payments; judged by their expressions.';

-- The extension's own schemas: the roles of function_roles() may execute its functions and no other client may, no client reaches its tables, and its
-- triggers fire. setup() closes what its caller has the right to change; the rest is for a person.
CREATE FUNCTION worldtune_internal.setup_find_function_grants() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH wanted AS MATERIALIZED (
    SELECT * FROM worldtune_internal.function_grants()
  ), spaces AS (
    SELECT oid FROM pg_namespace WHERE nspname IN ('worldtune', 'worldtune_internal')
  ), granted AS MATERIALIZED (
    SELECT p.oid AS routine, a.grantee, p.proowner FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.pronamespace IN (SELECT oid FROM spaces)
  )
  SELECT 'privileges of functions', CASE WHEN count(*) = 0 THEN 'ok' ELSE 'grant' END,
    CASE WHEN count(*) = 0 THEN 'as function_roles() says' ELSE format('%s are missing', count(*)) END,
    CASE WHEN count(*) > 0 THEN 'setup' END, CASE WHEN count(*) > 0 THEN 'SELECT worldtune_internal.apply_grants()' END
  FROM wanted w WHERE NOT EXISTS (SELECT FROM granted g WHERE g.routine = w.routine AND g.grantee IN (w.grantee, 0))
UNION ALL
  SELECT 'privileges of tables', 'grant', format('the back office cannot read %s', string_agg(w.table_id::regclass::text, ', ' ORDER BY 1)), 'setup', 'SELECT worldtune_internal.apply_grants()'
  FROM worldtune_internal.table_grants() w WHERE NOT has_table_privilege(w.grantee, w.table_id, 'SELECT')
  HAVING count(*) > 0
UNION ALL
  SELECT format('function %s', g.routine::regprocedure), CASE WHEN k.is_client THEN 'close' ELSE 'review' END,
    format('%s may execute it', string_agg(coalesce(r.rolname, 'PUBLIC'), ', ' ORDER BY r.rolname)),
    CASE WHEN k.is_client AND pg_has_role(g.proowner, 'USAGE') THEN 'setup' ELSE 'person' END,
    format('REVOKE EXECUTE ON FUNCTION %s FROM %s', g.routine::regprocedure, string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ' ORDER BY r.rolname))
  FROM granted g LEFT JOIN pg_roles r ON r.oid = g.grantee
  CROSS JOIN LATERAL (SELECT worldtune_internal.setup_is_client(g.grantee) AS is_client) k
  WHERE (k.is_client OR r.rolname IN ('service_role', 'worldtune_relay'))
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.routine = g.routine AND w.grantee IN (g.grantee, 0))
  GROUP BY g.routine, g.proowner, k.is_client
UNION ALL
  -- The tables of setup_tables() are covered by setup_find_excess().
  SELECT format('%s on %s by %s', string_agg(DISTINCT a.privilege_type, ', '), c.oid::regclass, coalesce(r.rolname, 'PUBLIC')), 'close', 'is not for clients',
    CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN 'setup' ELSE 'person' END,
    format('REVOKE ALL ON %s%s FROM %s', CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, c.oid::regclass, coalesce(quote_ident(r.rolname), 'PUBLIC'))
  FROM pg_class c
  CROSS JOIN LATERAL (SELECT c.relacl AS acl UNION ALL SELECT p.attacl FROM pg_attribute p WHERE p.attrelid = c.oid) l
  CROSS JOIN LATERAL aclexplode(l.acl) a
  LEFT JOIN pg_roles r ON r.oid = a.grantee
  WHERE c.relnamespace IN (SELECT oid FROM spaces) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND worldtune_internal.setup_is_client(a.grantee)
    AND NOT EXISTS (SELECT FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x WHERE x.id = c.oid)
  GROUP BY c.oid, c.relkind, c.relowner, r.rolname
UNION ALL
  SELECT format('trigger %s on %s', t.trigger_name, c.oid::regclass), CASE WHEN g.oid IS NULL THEN 'create' ELSE 'alter' END,
    CASE WHEN g.oid IS NULL THEN 'is missing; the extension''s script makes it' WHEN g.tgenabled = 'D' THEN 'is disabled' ELSE 'is not enabled as it should be' END,
    CASE WHEN g.oid IS NOT NULL AND pg_has_role(c.relowner, 'USAGE') THEN 'setup' ELSE 'person' END,
    CASE WHEN g.oid IS NOT NULL THEN format('ALTER TABLE %s ENABLE %sTRIGGER %I', c.oid::regclass,
      CASE t.enabled WHEN 'A' THEN 'ALWAYS ' WHEN 'R' THEN 'REPLICA ' ELSE '' END, t.trigger_name)
      ELSE 'Run the CREATE TRIGGER of pg_worldtune''s script (SHAREDIR/extension) again, as a superuser.' END
  FROM worldtune_internal.setup_triggers() t
  JOIN pg_class c ON t.definition IS NULL AND c.oid = worldtune_internal.setup_oid('worldtune', t.table_name)
  LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = t.trigger_name
  WHERE g.tgenabled IS DISTINCT FROM t.enabled
  ORDER BY 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_function_grants() IS
  'The privileges of the extension''s functions beside function_roles(), what clients have on its tables and sequences, and its triggers that do not fire.';

CREATE FUNCTION worldtune_internal.setup_find_application_reviews() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH ours AS (
    SELECT t.table_name, x.id, x.name FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x WHERE t.schema_name = 'public' AND x.id IS NOT NULL
  ), clients AS (
    SELECT oid FROM pg_roles WHERE rolname IN ('anon', 'authenticated')
  )
  SELECT 'function ' || p.oid::regprocedure AS object, 'review', 'runs as its owner, names credit_balance, and anon or authenticated may execute it', 'person',
    format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, anon, authenticated', p.oid::regprocedure)
  FROM pg_proc p
  WHERE p.prosecdef AND p.prokind IN ('f', 'p') AND p.pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'worldtune', 'worldtune_internal'))
    AND pg_get_functiondef(p.oid) ILIKE '%credit\_balance%' AND EXISTS (SELECT FROM clients c WHERE has_function_privilege(c.oid, p.oid, 'EXECUTE'))
UNION ALL
  SELECT DISTINCT 'view ' || v.oid::regclass, 'review', format('shows rows of %s as its owner, past row-level security, to anon or authenticated', o.name), 'person',
    CASE WHEN v.relkind = 'v' AND current_setting('server_version_num')::int >= 150000 THEN format('ALTER VIEW %s SET (security_invoker = on)', v.oid::regclass)
      ELSE format('REVOKE ALL ON %s FROM PUBLIC, anon, authenticated', v.oid::regclass) END
  FROM ours o JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.id AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
  WHERE NOT coalesce('security_invoker=true' = ANY (v.reloptions) OR 'security_invoker=on' = ANY (v.reloptions), false)
    AND EXISTS (SELECT FROM clients c WHERE has_any_column_privilege(c.oid, v.oid, 'SELECT'))
UNION ALL
  SELECT format('constraint %s on %s', k.conname, o.name), 'review', format('%s; is %s', c.meaning, pg_get_constraintdef(k.oid)), 'person',
    format('ALTER TABLE %s DROP CONSTRAINT %I', o.name, k.conname)
  FROM (VALUES
    ('users', 'credit_balance', 'must allow a balance below zero'),
    ('call_logs', 'status', 'must allow Twilio''s words and rejected'),
    ('transactions', 'status', 'must allow completed')
  ) AS c(table_name, column_name, meaning)
  JOIN ours o ON o.table_name = c.table_name
  JOIN pg_attribute a ON a.attrelid = o.id AND a.attname = c.column_name
  JOIN pg_constraint k ON k.conrelid = o.id AND k.contype = 'c' AND a.attnum = ANY (k.conkey) AND k.conname !~ '^worldtune_.*_decimals$'
UNION ALL
  SELECT format('column %s.%s', o.name, c.column_name), 'review', format('is of type %s, should be %s', format_type(a.atttypid, a.atttypmod), e.expected), 'person',
    format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', o.name, c.column_name, e.expected)
  FROM worldtune_internal.setup_columns() c
  CROSS JOIN LATERAL (SELECT substring(c.definition FROM '^\w+(?:\[\])?')::regtype AS expected) e
  JOIN ours o ON o.table_name = c.table_name
  JOIN pg_attribute a ON a.attrelid = o.id AND a.attname = c.column_name AND NOT a.attisdropped
  WHERE NOT c.money AND a.atttypid <> e.expected AND NOT (e.expected = 'text'::regtype AND a.atttypid = 'varchar'::regtype)
UNION ALL
  SELECT format('trigger %I on %s', g.tgname, o.name), 'review',
    format('%s has no search_path of its own: where our functions write the row it finds no table without its schema', p.oid::regprocedure), 'person',
    format('ALTER FUNCTION %s SET search_path = public, pg_temp', p.oid::regprocedure)
  FROM ours o JOIN pg_trigger g ON g.tgrelid = o.id AND NOT g.tgisinternal JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_language l ON l.oid = p.prolang
  WHERE l.lanname NOT IN ('c', 'internal') AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')
UNION ALL
  -- PostgreSQL looks for tables in pg_temp first, unless the path names it. Where the path is of pg_catalog alone, the function names schemas itself.
  SELECT format('trigger %I on %s', g.tgname, o.name), 'review',
    format('%s finds a temporary table of whoever calls before the application''s, whose triggers then run as the table''s owner: its search_path does not name pg_temp last', p.oid::regprocedure), 'person',
    format('ALTER FUNCTION %s SET search_path = %s, pg_temp', p.oid::regprocedure, r.path)
  FROM ours o JOIN pg_trigger g ON g.tgrelid = o.id AND NOT g.tgisinternal JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_language l ON l.oid = p.prolang
  CROSS JOIN LATERAL (SELECT regexp_split_to_array(substring(c FROM '^search_path=(.*)$'), '\s*,\s*') AS places FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%') s
  -- PostgreSQL takes whatever has no blank or comma for a name there: whoever runs the remedy is not to run that.
  CROSS JOIN LATERAL (SELECT string_agg(CASE WHEN place ~ '^("[^"]*"|[a-z_][a-z0-9_]*)$' THEN place ELSE quote_ident(place) END, ', ' ORDER BY n) AS path
    FROM unnest(s.places) WITH ORDINALITY u(place, n) WHERE place <> 'pg_temp') r
  WHERE l.lanname NOT IN ('c', 'internal') AND s.places[cardinality(s.places)] <> 'pg_temp' AND NOT s.places <@ '{"","\"\"",pg_catalog,pg_temp}'
UNION ALL
  SELECT format('trigger %I on %s', g.tgname, o.name), 'close', format('runs %s as the table''s owner, and %s can change what that does', p.oid::regprocedure, p.proowner::regrole), 'person',
    format('ALTER FUNCTION %s OWNER TO %s', p.oid::regprocedure, c.relowner::regrole)
  FROM ours o JOIN pg_class c ON c.oid = o.id JOIN pg_trigger g ON g.tgrelid = o.id AND NOT g.tgisinternal JOIN pg_proc p ON p.oid = g.tgfoid
  WHERE p.pronamespace <> 'worldtune_internal'::regnamespace AND NOT pg_has_role(p.proowner, c.relowner, 'MEMBER')
UNION ALL
  SELECT format('rule %I on %s', w.rulename, o.name), 'review', 'does not apply where our functions write the row', 'person', format('DROP RULE %I ON %s', w.rulename, o.name)
  FROM ours o JOIN pg_rewrite w ON w.ev_class = o.id
UNION ALL
  SELECT format('table %s', i.inhrelid::regclass), 'review', format('inherits from %s: our functions do not look at its rows', o.name), 'person',
    format('ALTER TABLE %s NO INHERIT %s', i.inhrelid::regclass, o.name)
  FROM ours o JOIN pg_inherits i ON i.inhparent = o.id
  ORDER BY 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_application_reviews() IS 'Things of the application that a person should look at.';

CREATE FUNCTION worldtune_internal.setup_find_role_holes() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 'function ' || p.oid::regprocedure AS object, 'close', format('runs as %s, not as worldtune_definer', p.proowner::regrole), 'person',
    format('ALTER FUNCTION %s OWNER TO worldtune_definer', p.oid::regprocedure)
  FROM pg_extension e
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
  JOIN pg_proc p ON p.oid = d.objid
  WHERE e.extname = 'pg_worldtune' AND p.prosecdef AND p.proowner NOT IN ('worldtune_definer'::regrole, 'worldtune_keeper'::regrole)
UNION ALL
  SELECT 'role ' || r.rolname, 'close', 'has ' || concat_ws(', ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcanlogin THEN 'LOGIN' END,
    CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END), 'person', format('ALTER ROLE %I NOSUPERUSER NOLOGIN NOCREATEROLE', r.rolname)
  FROM pg_roles r WHERE r.rolname IN ('worldtune_definer', 'worldtune_keeper') AND (r.rolsuper OR r.rolcanlogin OR r.rolcreaterole)
UNION ALL
  SELECT 'role ' || r.rolname, 'close', 'has ' || concat_ws(', ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END), 'person',
    format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS', r.rolname)
  FROM pg_roles r WHERE r.rolname IN ('anon', 'authenticated') AND (r.rolsuper OR r.rolbypassrls)
UNION ALL
  SELECT DISTINCT 'role ' || c.rolname, 'close', format('can act as %s', m.roleid::regrole), 'person',
    format('REVOKE %s FROM %I', m.roleid::regrole, c.rolname)
  FROM pg_auth_members m JOIN pg_roles c ON c.oid = m.member WHERE m.roleid IN ('worldtune_definer'::regrole, 'worldtune_keeper'::regrole) AND NOT c.rolsuper
UNION ALL
  -- The client role's own membership alone is revoked: other roles may need those of the roles in between.
  SELECT DISTINCT 'role ' || c.rolname, 'close', format('can act as %s, as a member of %s', s.rolname, m.roleid::regrole), 'person',
    format('REVOKE %s FROM %I', m.roleid::regrole, c.rolname)
  FROM pg_auth_members m JOIN pg_roles c ON c.oid = m.member AND c.rolname IN ('anon', 'authenticated')
  JOIN pg_roles s ON s.rolname IN ('service_role', 'worldtune_relay') AND pg_has_role(m.roleid, s.oid, 'MEMBER')
UNION ALL
  SELECT format('CREATE on schema %I by %s', n.nspname, coalesce(r.rolname, 'PUBLIC')), 'close', 'could put functions where ours are looked for', 'person',
    format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, coalesce(quote_ident(r.rolname), 'PUBLIC'))
  FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
  WHERE n.nspname IN ('worldtune', 'worldtune_internal') AND a.privilege_type = 'CREATE' AND a.grantee NOT IN (n.nspowner, 'worldtune_keeper'::regrole)
UNION ALL
  SELECT 'event trigger ' || e.evtname, 'close', 'is not enabled as it should be', 'person', format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', e.evtname)
  FROM pg_event_trigger e WHERE e.evtname = 'worldtune_functions' AND e.evtenabled <> 'A'
UNION ALL
  -- A function beside ours can be what a call of ours means.
  SELECT o.type || ' ' || o.identity, 'close', 'is none of pg_worldtune''s', 'person', format('DROP %s %s', upper(o.type), o.identity)
  FROM (
    SELECT 'pg_proc'::regclass AS class, oid, pronamespace AS space FROM pg_proc
  UNION ALL SELECT 'pg_class'::regclass, oid, relnamespace FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND oid NOT IN (SELECT x.id FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x WHERE x.id IS NOT NULL)
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
  UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type WHERE typtype IN ('d', 'e', 'r')
  ) f
  CROSS JOIN LATERAL pg_identify_object(f.class, f.oid, 0) o
  WHERE f.space IN (SELECT oid FROM pg_namespace WHERE nspname IN ('worldtune', 'worldtune_internal'))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = f.class AND d.objid = f.oid AND d.deptype IN ('e', 'i'))
  ORDER BY 1, 3;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_role_holes() IS 'Owners, roles and schemas that undo what privileges keep apart. Roles are a superuser''s to change.';

CREATE FUNCTION worldtune_internal.setup_find_reviews() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT * FROM worldtune_internal.setup_find_role_holes()
UNION ALL
  SELECT * FROM worldtune_internal.setup_find_application_reviews()
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_reviews() IS 'What a person should look at. command is what would close it.';
