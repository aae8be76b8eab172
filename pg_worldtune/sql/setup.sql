-- setup(): brings the application's tables to what this extension needs, and closes the holes it finds.
-- Data flows one way: setup_specification.sql says what there should be; the step functions compare it with the catalog and answer one row for each
-- thing, with the command that would mend it; setup() runs the commands. The tables belong to whoever runs setup(), never to the extension.

CREATE TYPE worldtune_internal.setup_command AS (
  object text,
  action text,
  detail text,
  command text
);
COMMENT ON TYPE worldtune_internal.setup_command IS 'A setup_step with the SQL that does it, NULL where there is nothing to do.';

CREATE FUNCTION worldtune_internal.setup_is_narrow(type oid, modifier integer, money boolean) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- numeric(p,s) keeps (p << 16 | s) + 4; an unconstrained numeric (-1) holds everything already.
  SELECT money AND (type <> 'numeric'::regtype
    OR modifier <> -1 AND ((modifier - 4) & 65535 < 6 OR ((modifier - 4) >> 16) - ((modifier - 4) & 65535) < 12))
$$;
COMMENT ON FUNCTION worldtune_internal.setup_is_narrow(oid, integer, boolean) IS 'Whether a money column is not numeric, or has fewer than six decimals or fewer than twelve digits before them.';

CREATE FUNCTION worldtune_internal.setup_role_steps() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT 'role ' || r.role_name,
    CASE WHEN p.oid IS NULL THEN 'create' ELSE 'ok' END,
    r.options,
    CASE WHEN p.oid IS NULL THEN format('CREATE ROLE %I %s', r.role_name, r.options) END
  FROM worldtune_internal.setup_roles() r LEFT JOIN pg_roles p ON p.rolname = r.role_name
UNION ALL
  SELECT 'privileges of functions', 'ok', 'granted to anon, authenticated, service_role and worldtune_relay', 'SELECT worldtune_internal.apply_grants()'
$$;
COMMENT ON FUNCTION worldtune_internal.setup_role_steps() IS 'The missing roles, and what the roles may execute.';

-- A missing table is made with its whole specification.
CREATE FUNCTION worldtune_internal.setup_table_steps() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT 'table public.' || t.table_name, 'create', t.description,
    format('CREATE TABLE public.%I (%s)', t.table_name, string_agg(format('%I %s', c.column_name, c.definition), ', ' ORDER BY c.ordinality))
    || CASE WHEN t.table_name = 'users' AND to_regclass('auth.users') IS NOT NULL
         THEN '; ALTER TABLE public.users ADD FOREIGN KEY (id) REFERENCES auth.users (id)' ELSE '' END
    || format('; REVOKE ALL ON public.%1$I FROM PUBLIC, anon, authenticated, service_role; GRANT %2$s ON public.%1$I TO authenticated;'
         ' GRANT %3$s ON public.%1$I TO service_role; COMMENT ON TABLE public.%1$I IS %4$L; ',
         t.table_name, t.client_privileges, t.service_privileges, t.description)
    || worldtune_internal.setup_own_rows_policy(t.table_name)
  FROM worldtune_internal.setup_access() t
  JOIN ROWS FROM (worldtune_internal.setup_columns()) WITH ORDINALITY AS c(table_name, column_name, definition, money, description, ordinality)
    ON c.table_name = t.table_name
  WHERE to_regclass('public.' || t.table_name) IS NULL
  GROUP BY t.table_name, t.description, t.client_privileges, t.service_privileges
  ORDER BY min(c.ordinality)
$$;
COMMENT ON FUNCTION worldtune_internal.setup_table_steps() IS 'The missing tables, with row-level security and privileges.';

CREATE FUNCTION worldtune_internal.setup_column_steps() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('column public.%s.%s', c.table_name, c.column_name),
    CASE WHEN a.attnum IS NULL THEN 'add' WHEN n.narrow THEN 'widen' ELSE 'ok' END,
    CASE WHEN a.attnum IS NULL THEN c.definition
      WHEN n.narrow THEN format('%s becomes numeric(18,6)', format_type(a.atttypid, a.atttypmod))
      ELSE format_type(a.atttypid, a.atttypmod) END,
    CASE WHEN a.attnum IS NULL THEN format('ALTER TABLE public.%I ADD COLUMN %I %s', c.table_name, c.column_name, c.definition)
      WHEN n.narrow THEN format('ALTER TABLE public.%I ALTER COLUMN %I TYPE numeric(18,6)', c.table_name, c.column_name) END
  FROM ROWS FROM (worldtune_internal.setup_columns()) WITH ORDINALITY AS c(table_name, column_name, definition, money, description, ordinality)
  JOIN pg_class t ON t.oid = to_regclass('public.' || c.table_name)
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = c.column_name AND NOT a.attisdropped
  CROSS JOIN LATERAL (SELECT worldtune_internal.setup_is_narrow(a.atttypid, a.atttypmod, c.money) AS narrow) n
  ORDER BY c.ordinality
$$;
COMMENT ON FUNCTION worldtune_internal.setup_column_steps() IS 'The missing and the too narrow columns of the tables that exist.';

CREATE FUNCTION worldtune_internal.setup_detail_steps() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('column public.%s.%s', c.table_name, c.column_name), 'alter', c.detail, c.command
  FROM (VALUES
    ('users', 'credit_balance', true, 'NULL becomes 0, which it meant',
      'UPDATE public.users SET credit_balance = 0 WHERE credit_balance IS NULL;'
      ' ALTER TABLE public.users ALTER COLUMN credit_balance SET DEFAULT 0, ALTER COLUMN credit_balance SET NOT NULL'),
    ('call_logs', 'call_sid', false, 'may be NULL until the carrier names the call',
      'ALTER TABLE public.call_logs ALTER COLUMN call_sid DROP NOT NULL')
  ) AS c(table_name, column_name, not_null, detail, command)
  JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || c.table_name) AND a.attname = c.column_name AND a.attnotnull <> c.not_null
UNION ALL
  SELECT 'index public.' || i.index_name,
    CASE WHEN to_regclass('public.' || i.index_name) IS NULL THEN 'create' ELSE 'ok' END,
    i.definition,
    CASE WHEN to_regclass('public.' || i.index_name) IS NULL THEN i.definition END
  FROM worldtune_internal.setup_indexes() i
UNION ALL
  -- A call is written some five times, a balance with every call: with room on its page a new version needs no index entries.
  SELECT 'table public.' || r.table_name, 'alter', 'leaves room for updates on every page', format('ALTER TABLE public.%I SET (fillfactor = 80)', r.table_name)
  FROM unnest(ARRAY['users', 'call_logs']) AS r(table_name) LEFT JOIN pg_class t ON t.oid = to_regclass('public.' || r.table_name)
  WHERE NOT EXISTS (SELECT FROM pg_options_to_table(t.reloptions) o WHERE o.option_name = 'fillfactor')
UNION ALL
  -- Goes with the extension's functions, the rows stay.
  SELECT 'constraint on public.credit_ledger', CASE WHEN k.stands THEN 'ok' ELSE 'create' END, 'of the kinds that there are',
    CASE WHEN NOT k.stands THEN 'ALTER TABLE public.credit_ledger ADD CONSTRAINT worldtune_kind CHECK (worldtune_internal.is_ledger_kind(kind))' END
  FROM (SELECT count(*) = 1 AS stands FROM pg_constraint WHERE conrelid = to_regclass('public.credit_ledger') AND conname = 'worldtune_kind') k
UNION ALL
  SELECT 'comments', 'ok', 'units and meanings of our columns',
    string_agg(format('COMMENT ON COLUMN public.%I.%I IS %L', c.table_name, c.column_name, c.description), '; ')
  FROM worldtune_internal.setup_columns() c WHERE c.description IS NOT NULL
UNION ALL
  SELECT 'table public.' || a.table_name, 'ok', 'read by the extension''s functions',
    format('GRANT SELECT ON public.%I TO worldtune_definer', a.table_name)
  FROM worldtune_internal.setup_access() a
UNION ALL
  -- Supabase grants every sequence made in public to the API's roles: with setval a client could stop the booking.
  SELECT 'sequence of credit_ledger', 'ok', 'closed to clients',
    $command$ DO $do$ BEGIN EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM PUBLIC, anon, authenticated, service_role',
      pg_get_serial_sequence('public.credit_ledger', 'id')); END $do$ $command$
$$;
COMMENT ON FUNCTION worldtune_internal.setup_detail_steps() IS 'Nullability, indexes, comments, sequences.';

CREATE FUNCTION worldtune_internal.setup_book_steps() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Once, together with the settings: what the operator takes off the list stays off it.
  SELECT 'worldtune.destination_blocks', CASE WHEN EXISTS (SELECT FROM worldtune.settings) THEN 'ok' ELSE 'create' END, 'the list that ships, for the operator to edit',
    CASE WHEN NOT EXISTS (SELECT FROM worldtune.settings) THEN
      'INSERT INTO worldtune.destination_blocks (prefix, reason) SELECT b.prefix, b.reason FROM worldtune_internal.default_destination_blocks() b ON CONFLICT DO NOTHING' END
UNION ALL
  SELECT 'table worldtune.ledger_details', CASE WHEN to_regclass('worldtune.ledger_details') IS NULL THEN 'create' ELSE 'ok' END,
    'who made the rows of the ledger, and why', 'SELECT worldtune_internal.make_ledger_details()'
UNION ALL
  SELECT 'holds', 'ok', 'what the calls in progress hold', 'SELECT worldtune_internal.restore_holds()'
UNION ALL
  SELECT 'worldtune.settings', CASE WHEN EXISTS (SELECT FROM worldtune.settings) THEN 'ok' ELSE 'create' END, 'the one row',
    'INSERT INTO worldtune.settings DEFAULT VALUES ON CONFLICT DO NOTHING'
UNION ALL
  -- Before the triggers stand, whatever the ledger does not explain is booked: today's balances at first, later what changed without them.
  SELECT 'ledger', CASE WHEN b.booked THEN 'ok' ELSE 'book' END,
    CASE WHEN b.booked THEN 'every change is booked by triggers' ELSE 'opening rows equal to today''s balances' END,
    CASE WHEN NOT b.booked THEN
      'INSERT INTO public.credit_ledger (user_id, delta, balance_after, kind, note)'
      ' SELECT u.id, u.credit_balance - coalesce(l.total, 0), u.credit_balance, CASE WHEN l.total IS NULL THEN ''opening'' ELSE ''adjustment'' END,'
      ' ''found by setup()'' FROM public.users u'
      ' LEFT JOIN (SELECT user_id, sum(delta) AS total FROM public.credit_ledger GROUP BY user_id) l ON l.user_id = u.id'
      ' WHERE u.credit_balance <> coalesce(l.total, 0)' END
  FROM (SELECT count(*) = 1 AS booked FROM pg_trigger WHERE tgrelid = to_regclass('public.users') AND tgname = '00_worldtune_book') b
UNION ALL
  SELECT format('trigger %s on %s', t.trigger_name, t.table_name),
    CASE WHEN g.oid IS NULL THEN 'create' ELSE 'ok' END,
    t.definition,
    CASE WHEN g.oid IS NULL THEN t.definition END
  FROM worldtune_internal.setup_triggers() t
  LEFT JOIN pg_trigger g ON g.tgrelid = to_regclass(t.table_name) AND g.tgname = t.trigger_name
$$;
COMMENT ON FUNCTION worldtune_internal.setup_book_steps() IS 'The operator''s tables, the opening of the ledger, the guards.';

-- The hole that is always closed: a user who may write the own balance. Whatever else the role could write it still can.
CREATE FUNCTION worldtune_internal.setup_balance_steps() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('%s on public.users by %s', p.privilege, r.rolname), 'close', 'credit_balance is no longer the user''s to write',
    format('REVOKE %1$s ON public.users FROM PUBLIC, %2$I', p.privilege, r.rolname)
    || coalesce(format('; GRANT %s (%s) ON public.users TO %I', p.privilege,
         string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname <> 'credit_balance'), r.rolname), '')
  FROM pg_attribute a
  CROSS JOIN (VALUES ('INSERT'), ('UPDATE')) AS p(privilege)
  JOIN pg_roles r ON r.rolname IN ('anon', 'authenticated') AND has_column_privilege(r.oid, a.attrelid, a.attnum, p.privilege)
  WHERE a.attrelid = to_regclass('public.users') AND a.attnum > 0 AND NOT a.attisdropped
  GROUP BY p.privilege, r.rolname
  HAVING bool_or(a.attname = 'credit_balance')
  ORDER BY p.privilege, r.rolname
$$;
COMMENT ON FUNCTION worldtune_internal.setup_balance_steps() IS 'Takes credit_balance out of what anon and authenticated may write.';

CREATE FUNCTION worldtune_internal.setup_holes()
  RETURNS TABLE (object text, detail text, command text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  WITH clients AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated')),
  tables AS (
    SELECT c.oid, a.table_name, c.relrowsecurity FROM worldtune_internal.setup_access() a JOIN pg_class c ON c.oid = to_regclass('public.' || a.table_name)
  )
  SELECT 'table public.' || t.table_name, 'without row-level security clients read and write every row',
    worldtune_internal.setup_own_rows_policy(t.table_name)
  FROM tables t
  WHERE NOT t.relrowsecurity AND EXISTS (SELECT FROM clients r WHERE has_any_column_privilege(r.oid, t.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(r.oid, t.oid, 'DELETE'))
UNION ALL
  SELECT format('policy "%s" on public.%s', p.polname, t.table_name), h.detail, format('DROP POLICY %I ON public.%I', p.polname, t.table_name)
    || CASE WHEN h.reads AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = t.oid AND o.polname = 'worldtune_own_rows')
         THEN '; ' || worldtune_internal.setup_own_rows_policy(t.table_name) ELSE '' END
  FROM tables t
  JOIN pg_policy p ON p.polrelid = t.oid AND p.polpermissive AND p.polname <> 'worldtune_own_rows'
  CROSS JOIN LATERAL (VALUES
    (p.polcmd IN ('r', '*') AND pg_get_expr(p.polqual, p.polrelid) !~ '(uid\(\)|current_user_id\(\)|jwt)', true, 'lets users read other users'' rows'),
    (t.table_name = 'transactions' AND p.polcmd <> 'r', p.polcmd = '*', 'lets users insert or change their own transactions')
  ) AS h(applies, reads, detail)
  WHERE h.applies AND (p.polroles = '{0}' OR EXISTS (SELECT FROM clients r WHERE r.oid = ANY (p.polroles)))
$$;
COMMENT ON FUNCTION worldtune_internal.setup_holes() IS
  'Policies that let users read other users'' rows or write their own transactions, and tables of ours without row-level security; command closes it.';

CREATE FUNCTION worldtune_internal.setup_review_steps(close_holes boolean) RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT h.object, CASE WHEN close_holes THEN 'close' ELSE 'review' END, h.detail, CASE WHEN close_holes THEN h.command END
  FROM worldtune_internal.setup_holes() h
UNION ALL
  SELECT 'function ' || p.oid::regprocedure, 'review', 'runs as its owner, names credit_balance, and anon or authenticated may execute it', NULL
  FROM pg_proc p
  WHERE p.prosecdef AND p.prosrc ILIKE '%credit\_balance%'
    AND EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated') AND has_function_privilege(oid, p.oid, 'EXECUTE'))
UNION ALL
  SELECT format('constraint %s on public.%s', k.conname, c.table_name), 'review', format('%s; is %s', c.meaning, pg_get_constraintdef(k.oid)), NULL
  FROM (VALUES
    ('users', 'credit_balance', 'must allow a balance below zero'),
    ('call_logs', 'status', 'must allow Twilio''s words and rejected'),
    ('transactions', 'status', 'must allow completed')
  ) AS c(table_name, column_name, meaning)
  JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || c.table_name) AND a.attname = c.column_name
  JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
UNION ALL
  SELECT format('column public.%s.%s', c.table_name, c.column_name), 'review',
    format('is of type %s, should be %s', format_type(a.atttypid, a.atttypmod), t.expected), NULL
  FROM worldtune_internal.setup_columns() c
  CROSS JOIN LATERAL (SELECT to_regtype(substring(c.definition FROM '^\w+(?:\[\])?')) AS expected) t
  JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || c.table_name) AND a.attname = c.column_name AND NOT a.attisdropped
  WHERE NOT c.money AND a.atttypid <> t.expected AND NOT (t.expected = 'text'::regtype AND a.atttypid = 'varchar'::regtype)
UNION ALL
  SELECT format('trigger %I on %s', g.tgname, g.tgrelid::regclass), 'review',
    format('%s has no search_path of its own: where our functions write the row it finds no table without its schema', p.oid::regprocedure), NULL
  FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_language l ON l.oid = p.prolang
  WHERE g.tgrelid IN (SELECT to_regclass('public.' || a.table_name) FROM worldtune_internal.setup_access() a) AND NOT g.tgisinternal
    AND l.lanname NOT IN ('c', 'internal') AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')
$$;
COMMENT ON FUNCTION worldtune_internal.setup_review_steps(boolean) IS 'What a person should look at; holes are closed when asked for.';

-- PostgreSQL does not change the type of a column that a view, a policy or a trigger's condition names.
CREATE FUNCTION worldtune_internal.setup_obstacles() RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT pg_describe_object(d.classid, d.objid, d.objsubid), 'review',
    format('depends on public.%s.%s, which must be widened: drop it, run setup(), create it again', c.table_name, c.column_name), NULL
  FROM worldtune_internal.setup_columns() c
  JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || c.table_name) AND a.attname = c.column_name
    AND worldtune_internal.setup_is_narrow(a.atttypid, a.atttypmod, c.money)
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  WHERE d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_publication_rel'::regclass, 'pg_proc'::regclass)
    OR EXISTS (SELECT FROM pg_attrdef f JOIN pg_attribute g ON g.attrelid = f.adrelid AND g.attnum = f.adnum AND g.attgenerated <> ''
               WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid)
    OR d.classid = 'pg_class'::regclass AND d.objid = d.refobjid AND d.objsubid > 0 AND d.deptype = 'a'
  GROUP BY d.classid, d.objid, d.objsubid, c.table_name, c.column_name
  ORDER BY 1
$$;
COMMENT ON FUNCTION worldtune_internal.setup_obstacles() IS 'What stands in the way of widening a money column; setup() stops and names it.';

CREATE FUNCTION worldtune_internal.setup_plan(close_holes boolean) RETURNS SETOF worldtune_internal.setup_command
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT * FROM worldtune_internal.setup_role_steps()
UNION ALL
  SELECT * FROM worldtune_internal.setup_table_steps()
UNION ALL
  SELECT * FROM worldtune_internal.setup_obstacles()
UNION ALL
  SELECT * FROM worldtune_internal.setup_column_steps()
UNION ALL
  SELECT * FROM worldtune_internal.setup_detail_steps()
UNION ALL
  SELECT * FROM worldtune_internal.setup_book_steps()
UNION ALL
  SELECT * FROM worldtune_internal.setup_balance_steps()
UNION ALL
  SELECT * FROM worldtune_internal.setup_review_steps(close_holes)
$$;
COMMENT ON FUNCTION worldtune_internal.setup_plan(boolean) IS 'All that setup() looks at, in the order in which it is done.';

CREATE FUNCTION worldtune.setup(dry_run boolean DEFAULT false, close_holes boolean DEFAULT false)
  RETURNS SETOF worldtune.setup_step
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step record;
BEGIN
  IF EXISTS (SELECT FROM worldtune_internal.setup_access() a JOIN pg_class c ON c.oid = to_regclass('public.' || a.table_name)
             WHERE NOT pg_has_role(c.relowner, 'USAGE')) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'setup() must be run by the owner of the application''s tables or a superuser';
  END IF;
  IF NOT dry_run AND EXISTS (SELECT FROM worldtune_internal.setup_obstacles()) THEN
    RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = 'cannot widen money columns while other objects depend on them',
      DETAIL = (SELECT string_agg(object || ' ' || detail, E'\n') FROM worldtune_internal.setup_obstacles()),
      HINT = 'SELECT * FROM worldtune.setup(dry_run => true) shows what would be done; nothing has been done yet.';
  END IF;
  IF NOT dry_run THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('worldtune.setup', 0));
    IF to_regclass('public.users') IS NOT NULL THEN
      LOCK TABLE public.users IN SHARE ROW EXCLUSIVE MODE;
    END IF;
  END IF;

  FOR step IN SELECT * FROM worldtune_internal.setup_plan(close_holes) LOOP
    IF step.command IS NOT NULL AND NOT dry_run THEN
      EXECUTE step.command;
    END IF;
    RETURN NEXT ROW(step.object, step.action, step.detail)::worldtune.setup_step;
  END LOOP;
  IF NOT dry_run THEN
    NOTIFY pgrst, 'reload schema';
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune.setup(boolean, boolean) IS
  'Brings the application''s tables (users, transactions, call_logs, credit_ledger in schema public) to what this extension needs: creates what is missing, adds, widens, books opening balances, sets up guards, closes the write to one''s own credit_balance. Loses nothing, can run any number of times. dry_run only tells; close_holes also closes what is otherwise reported for review. Errors: 42501 unless superuser or the tables'' owner.';
