-- What setup() and audit() find of tables, columns, indexes, constraints, triggers and comments: the specification compared with the catalog.

CREATE TYPE worldtune_internal.setup_finding AS (
  object text,
  action text,
  detail text,
  closed_by text,
  command text
);
COMMENT ON TYPE worldtune_internal.setup_finding IS 'One thing that was looked at.';
COMMENT ON COLUMN worldtune_internal.setup_finding.object IS 'What it is.';
COMMENT ON COLUMN worldtune_internal.setup_finding.action IS 'ok, or what brings it to the specification: create, add, widen, alter, drop, grant, revoke, book, close, review.';
COMMENT ON COLUMN worldtune_internal.setup_finding.detail IS 'What is there, or what is the matter, in words.';
COMMENT ON COLUMN worldtune_internal.setup_finding.closed_by IS 'Who does it: setup as the table''s owner, caller (setup as whoever runs it), close_holes (setup when asked), person; NULL: ok.';
COMMENT ON COLUMN worldtune_internal.setup_finding.command IS 'The SQL that does it; NULL where a person has to decide.';

-- By the catalog: to_regclass() would want the USAGE of the schema.
CREATE FUNCTION worldtune_internal.setup_oid(schema_name text, table_name text) RETURNS oid
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
$$;
COMMENT ON FUNCTION worldtune_internal.setup_oid(text, text) IS 'The relation of that name, NULL when there is none.';

CREATE TYPE worldtune_internal.setup_target AS (
  id oid,
  owner oid,
  name text,
  large boolean
);
COMMENT ON TYPE worldtune_internal.setup_target IS 'A table of the specification as it stands.';
COMMENT ON COLUMN worldtune_internal.setup_target.id IS 'The relation; NULL: it does not exist.';
COMMENT ON COLUMN worldtune_internal.setup_target.owner IS 'Whose it is or will be: where it does not exist, the owner of the application''s other tables, else of the database; worldtune_keeper in schema worldtune.';
COMMENT ON COLUMN worldtune_internal.setup_target.name IS 'Its name with its schema, as SQL writes it.';
COMMENT ON COLUMN worldtune_internal.setup_target.large IS 'Above 16 MB: nothing that reads or writes all of it is done while others wait.';

CREATE FUNCTION worldtune_internal.setup_target(table_name text) RETURNS worldtune_internal.setup_target
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  target worldtune_internal.setup_target;
BEGIN
  SELECT c.oid, CASE WHEN t.schema_name = 'worldtune' THEN coalesce(c.relowner, 'worldtune_keeper'::regrole)
      ELSE coalesce(c.relowner, (SELECT o.relowner FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
        WHERE n.nspname = 'public' AND o.relname IN ('users', 'call_logs', 'transactions') ORDER BY o.relname DESC LIMIT 1), d.datdba) END,
    format('%I.%I', t.schema_name, t.table_name), c.relkind = 'r' AND pg_relation_size(c.oid) > 16 * 1024 * 1024
  INTO target
  FROM worldtune_internal.setup_tables() t
  JOIN pg_database d ON d.datname = current_database()
  LEFT JOIN pg_class c ON c.oid = worldtune_internal.setup_oid(t.schema_name, t.table_name)
  WHERE t.table_name = $1;
  RETURN target;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_target(text) IS 'The table of that name in setup_tables().';

CREATE FUNCTION worldtune_internal.setup_find_table(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 'table ' || x.name, CASE WHEN x.id IS NULL THEN 'create' ELSE 'ok' END, t.description,
    CASE WHEN x.id IS NULL THEN 'setup' END,
    CASE WHEN x.id IS NULL THEN
      (SELECT format('CREATE TABLE %s (%s)', x.name, string_agg(format('%I %s', c.column_name, c.definition), ', ' ORDER BY c.ordinality))
       FROM ROWS FROM (worldtune_internal.setup_columns()) WITH ORDINALITY AS c(table_name, column_name, definition, money, description, ordinality)
       WHERE c.table_name = $1)
      -- Supabase's default privileges grant every table made in public to the API's roles.
      || format('; REVOKE ALL ON %s FROM PUBLIC, anon, authenticated, service_role', x.name)
      || CASE WHEN t.owner_column IS NOT NULL THEN format('; ALTER TABLE %s ENABLE ROW LEVEL SECURITY', x.name) ELSE '' END
    END
  FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target($1) x
  WHERE t.table_name = $1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_table(text) IS 'Whether the table is there.';

CREATE FUNCTION worldtune_internal.setup_is_narrow(type oid, modifier integer, money boolean) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- numeric(p,s) keeps (p << 16 | s) + 4; an unconstrained numeric (-1) holds everything already.
  SELECT money AND (type <> 'numeric'::regtype
    OR modifier <> -1 AND ((modifier - 4) & 65535 < 6 OR ((modifier - 4) >> 16) - ((modifier - 4) & 65535) < 12))
$$;
COMMENT ON FUNCTION worldtune_internal.setup_is_narrow(oid, integer, boolean) IS 'Whether a money column is not numeric, or has fewer than six decimals or fewer than twelve digits before them.';

-- To numeric without a limit PostgreSQL widens without rewriting the table; a CHECK limits the decimals then.
CREATE FUNCTION worldtune_internal.setup_find_columns(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT format('column %s.%I', x.name, c.column_name),
    CASE WHEN a.attnum IS NULL THEN 'add' WHEN n.narrow THEN 'widen' ELSE 'ok' END,
    CASE WHEN a.attnum IS NULL THEN c.definition
      WHEN n.narrow THEN format('%s becomes %s', format_type(a.atttypid, a.atttypmod), w.wide)
      ELSE format_type(a.atttypid, a.atttypmod) END,
    CASE WHEN a.attnum IS NULL THEN 'setup' WHEN n.narrow THEN CASE WHEN x.large AND a.atttypid <> 'numeric'::regtype THEN 'person' ELSE 'setup' END END,
    CASE WHEN a.attnum IS NULL THEN format('ALTER TABLE %s ADD COLUMN %I %s', x.name, c.column_name, c.definition)
      WHEN n.narrow THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', x.name, c.column_name, w.wide) END
  FROM ROWS FROM (worldtune_internal.setup_columns()) WITH ORDINALITY AS c(table_name, column_name, definition, money, description, ordinality)
  JOIN worldtune_internal.setup_target($1) x ON x.id IS NOT NULL
  LEFT JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = c.column_name AND NOT a.attisdropped
  CROSS JOIN LATERAL (SELECT worldtune_internal.setup_is_narrow(a.atttypid, a.atttypmod, c.money) AS narrow) n
  CROSS JOIN LATERAL (SELECT CASE WHEN x.large THEN 'numeric' ELSE 'numeric(18,6)' END AS wide) w
  WHERE c.table_name = $1
  ORDER BY c.ordinality;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_columns(text) IS 'The missing and the too narrow columns of a table that exists.';

CREATE FUNCTION worldtune_internal.setup_retired(table_name text)
  RETURNS TABLE (attribute smallint, column_name text, detail text, before text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT a.attnum, r.column_name, r.detail, r.before
  FROM worldtune_internal.setup_retired_columns() r
  JOIN worldtune_internal.setup_target($1) x ON r.table_name = $1
  JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = r.column_name AND NOT a.attisdropped AND col_description(x.id, a.attnum) = r.description;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_retired(text) IS 'The columns of setup_retired_columns() that the table still has.';

CREATE FUNCTION worldtune_internal.setup_find_details(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT format('column %s.%I', x.name, r.column_name), 'drop', r.detail, 'setup', format('%sALTER TABLE %s DROP COLUMN %I', r.before, x.name, r.column_name)
  FROM worldtune_internal.setup_target($1) x, worldtune_internal.setup_retired($1) r
UNION ALL
  SELECT format('column %s.%I', x.name, c.column_name), 'alter', c.detail, 'setup', c.command
  FROM (VALUES
    ('users', 'credit_balance', true, 'is never NULL, 0 by default',
      'ALTER TABLE public.users ALTER COLUMN credit_balance SET DEFAULT 0, ALTER COLUMN credit_balance SET NOT NULL'),
    ('call_logs', 'call_sid', false, 'may be NULL until the carrier names the call',
      'ALTER TABLE public.call_logs ALTER COLUMN call_sid DROP NOT NULL')
  ) AS c(table_name, column_name, not_null, detail, command)
  JOIN worldtune_internal.setup_target($1) x ON c.table_name = $1
  JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = c.column_name AND a.attnotnull <> c.not_null
UNION ALL
  -- A call is written some five times, a balance with every call: with room on its page a new version needs no index entries.
  SELECT 'table ' || x.name, 'alter', 'leaves room for updates on every page', 'setup', format('ALTER TABLE %s SET (fillfactor = 80)', x.name)
  FROM worldtune_internal.setup_target($1) x JOIN pg_class t ON t.oid = x.id
  WHERE $1 IN ('users', 'call_logs') AND NOT EXISTS (SELECT FROM pg_options_to_table(t.reloptions) o WHERE o.option_name = 'fillfactor');
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_details(text) IS 'Columns that are ours no longer, nullability, room for updates.';

-- Of the application's own columns it is the application's choice, but its ids are unique. Constraints are for a person: rows may violate them.
CREATE FUNCTION worldtune_internal.setup_find_constraints(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH wanted AS (
    SELECT c.column_name, c.definition, NOT c.column_name = ANY (t.client_columns) AS is_ours, x.id, x.name, a.attnum, a.attnotnull, a.attidentity,
      pg_get_expr(d.adbin, d.adrelid) AS default_value, format_type(a.atttypid, a.atttypmod) AS type, substring(c.definition FROM 'DEFAULT (.+)$') AS default_wanted
    FROM worldtune_internal.setup_columns() c
    JOIN worldtune_internal.setup_tables() t ON t.table_name = c.table_name
    JOIN worldtune_internal.setup_target($1) x ON c.table_name = $1
    JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = c.column_name AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = x.id AND d.adnum = a.attnum
  )
  SELECT format('default of %s.%I', w.name, w.column_name), 'alter', format('is %s, should be %s', coalesce(w.default_value, 'missing'), w.default_wanted), 'setup',
    format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', w.name, w.column_name, w.default_wanted)
  -- What a new user owns at first is the application's to say.
  FROM wanted w WHERE w.is_ours AND w.default_wanted IS NOT NULL AND (w.default_value IS NULL
    OR w.default_value NOT IN (w.default_wanted, w.default_wanted || '::' || w.type) AND w.column_name <> 'credit_balance')
UNION ALL
  SELECT format('identity of %s.%I', w.name, w.column_name), 'review', 'is missing: rows get no id', 'person',
    format('ALTER TABLE %1$s ALTER COLUMN %2$I ADD GENERATED ALWAYS AS IDENTITY; SELECT setval(pg_get_serial_sequence(%3$L, %4$L), max(%2$I)) FROM ONLY %1$s', w.name, w.column_name, w.name, w.column_name)
  FROM wanted w WHERE w.definition LIKE '%AS IDENTITY%' AND w.attidentity = ''
UNION ALL
  SELECT format('primary key of %s', w.name), 'review', format('is missing: %I may stand twice, and finding a row takes long', w.column_name), 'person',
    format('ALTER TABLE %s ADD PRIMARY KEY (%I)', w.name, w.column_name)
  FROM wanted w WHERE w.definition LIKE '%PRIMARY KEY%' AND NOT EXISTS (SELECT FROM pg_index i
    WHERE i.indrelid = w.id AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indkey[0] = w.attnum AND i.indpred IS NULL)
UNION ALL
  SELECT format('column %s.%I', w.name, w.column_name), 'review', 'may be NULL, and must not', 'person', format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', w.name, w.column_name)
  FROM wanted w WHERE w.is_ours AND w.definition LIKE '%NOT NULL%' AND NOT w.attnotnull AND (w.name, w.column_name) <> ('public.users', 'credit_balance')
UNION ALL
  SELECT format('constraint on %s.%I', w.name, w.column_name), 'review', format('is missing: %s', k.wanted), 'person', format('ALTER TABLE %s ADD %s', w.name, k.wanted)
  FROM wanted w CROSS JOIN LATERAL (SELECT substring(w.definition FROM 'CHECK .*$') AS wanted) k
  WHERE w.is_ours AND k.wanted IS NOT NULL AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = w.id AND c.contype = 'c' AND c.conkey = ARRAY[w.attnum])
  ORDER BY 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_constraints(text) IS
  'Defaults, identities, primary keys, NOT NULL and CHECK of the specification that somebody took away from a table that exists.';

-- Beside those of the specification: where money is numeric and may have more than six decimals, six, and twelve digits before them; NaN is none.
CREATE FUNCTION worldtune_internal.setup_find_checks(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH wanted AS (
    SELECT format('worldtune_%s_decimals', c.column_name) AS constraint_name,
      format('CHECK (%s%I = round(%2$I, 6) AND abs(%2$I) < 1000000000000)', t.legacy || ' OR ', c.column_name) AS definition, x.id, x.name, x.large
    FROM worldtune_internal.setup_columns() c
    JOIN worldtune_internal.setup_tables() t ON t.table_name = c.table_name
    JOIN worldtune_internal.setup_target($1) x ON c.table_name = $1
    JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = c.column_name AND a.atttypid = 'numeric'::regtype
      AND (a.atttypmod = -1 OR (a.atttypmod - 4) & 65535 > 6)
    WHERE c.money
  )
  SELECT format('constraint %s on %s', w.constraint_name, w.name),
    CASE WHEN k.oid IS NULL THEN 'create' WHEN k.convalidated THEN 'ok' ELSE 'alter' END,
    CASE WHEN k.convalidated THEN pg_get_constraintdef(k.oid) WHEN k.oid IS NULL THEN w.definition ELSE 'holds for new rows, old ones were not looked at' END,
    CASE WHEN k.oid IS NULL THEN 'setup' WHEN NOT k.convalidated THEN CASE WHEN w.large THEN 'person' ELSE 'setup' END END,
    CASE WHEN k.oid IS NULL THEN format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', w.name, w.constraint_name, w.definition, CASE WHEN w.large THEN ' NOT VALID' ELSE '' END)
      WHEN NOT k.convalidated THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I', w.name, w.constraint_name) END
  FROM wanted w LEFT JOIN pg_constraint k ON k.conrelid = w.id AND k.conname = w.constraint_name
  WHERE w.id IS NOT NULL
  ORDER BY w.constraint_name COLLATE "C";
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_checks(text) IS 'The CHECK constraints of a table that exists.';

-- A missing unique index is made at once, for the books stand on it; of a large table its predicate leaves out the rows that were there before us.
CREATE FUNCTION worldtune_internal.setup_find_indexes(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT format('index %I.%I', t.schema_name, i.index_name),
    CASE WHEN s.stands THEN 'ok' WHEN f.oid IS NULL THEN 'create' ELSE 'alter' END,
    CASE WHEN NOT s.stands AND f.oid IS NOT NULL THEN format('is %s, should be %s',
      CASE WHEN f.indisvalid THEN f.definition ELSE 'not valid' END, i.definition) ELSE i.definition END,
    CASE WHEN s.stands THEN NULL WHEN q.quick THEN 'setup' ELSE 'person' END,
    CASE WHEN s.stands THEN NULL
      WHEN q.quick THEN d.drop_first || i.definition
      ELSE d.drop_first || regexp_replace(i.definition, '^CREATE INDEX', 'CREATE INDEX CONCURRENTLY') END
  FROM worldtune_internal.setup_indexes() i
  JOIN worldtune_internal.setup_tables() t ON t.table_name = i.table_name
  JOIN worldtune_internal.setup_target($1) x ON x.id IS NOT NULL
  LEFT JOIN (SELECT c.oid, c.relname, c.relnamespace::regnamespace::text AS schema_name, n.indrelid, n.indisvalid, pg_get_indexdef(c.oid) AS definition
             FROM pg_class c LEFT JOIN pg_index n ON n.indexrelid = c.oid) f ON f.relname = i.index_name AND f.schema_name = t.schema_name
  CROSS JOIN LATERAL (SELECT coalesce(f.definition = i.definition AND f.indisvalid, false) AS stands) s
  CROSS JOIN LATERAL (SELECT NOT coalesce(x.large, false) OR i.definition LIKE 'CREATE UNIQUE%' AS quick) q
  CROSS JOIN LATERAL (SELECT CASE WHEN f.oid IS NULL THEN '' ELSE format('DROP INDEX %I.%I; ', t.schema_name, i.index_name) END AS drop_first) d
  WHERE i.table_name = $1
  ORDER BY i.index_name COLLATE "C";
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_indexes(text) IS 'The indexes of a table that exists, by their definition; plain ones of a large table are left to a person.';

CREATE FUNCTION worldtune_internal.setup_find_triggers(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT format('trigger %s on %s', t.trigger_name, x.name),
    CASE WHEN g.oid IS NULL THEN 'create' WHEN s.is_ours AND g.tgenabled = t.enabled THEN 'ok' ELSE 'alter' END,
    CASE WHEN g.oid IS NULL OR s.is_ours AND g.tgenabled = t.enabled THEN t.definition
      WHEN s.is_ours THEN CASE g.tgenabled WHEN 'D' THEN 'is disabled' ELSE 'is not enabled as it should be' END
      ELSE 'is ' || pg_get_triggerdef(g.oid) END,
    CASE WHEN g.oid IS NULL OR NOT s.is_ours OR g.tgenabled <> t.enabled THEN 'setup' END,
    CASE WHEN g.oid IS NULL OR NOT s.is_ours OR g.tgenabled <> t.enabled THEN
      CASE WHEN NOT s.is_ours THEN format('DROP TRIGGER %I ON %s; ', t.trigger_name, x.name) ELSE '' END
      || CASE WHEN g.oid IS NULL OR NOT s.is_ours THEN t.definition || '; ' ELSE '' END
      || format('ALTER TABLE %s ENABLE %sTRIGGER %I', x.name, CASE t.enabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.trigger_name) END
  FROM worldtune_internal.setup_triggers() t
  JOIN worldtune_internal.setup_target($1) x ON x.id IS NOT NULL
  LEFT JOIN pg_trigger g ON g.tgrelid = x.id AND g.tgname = t.trigger_name
  CROSS JOIN LATERAL (SELECT pg_get_triggerdef(g.oid) = t.definition AS is_ours) s
  WHERE t.table_name = $1
  ORDER BY t.trigger_name COLLATE "C";
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_triggers(text) IS 'The triggers of a table that exists, by what they do and whether they fire.';

-- Those of the application's own columns stay, where there are any.
CREATE FUNCTION worldtune_internal.setup_find_comments(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH found AS (
    SELECT format('TABLE %s', x.name) AS object, t.description, obj_description(x.id, 'pg_class') AS stands, false AS foreign_column, x.name
    FROM worldtune_internal.setup_tables() t JOIN worldtune_internal.setup_target($1) x ON t.table_name = $1 AND x.id IS NOT NULL
  UNION ALL
    SELECT format('COLUMN %s.%I', x.name, c.column_name), c.description, col_description(x.id, a.attnum), c.column_name = ANY (t.client_columns), x.name
    FROM worldtune_internal.setup_columns() c
    JOIN worldtune_internal.setup_tables() t ON t.table_name = c.table_name
    JOIN worldtune_internal.setup_target($1) x ON c.table_name = $1
    JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = c.column_name AND NOT a.attisdropped
  )
  SELECT 'comments on ' || name, CASE WHEN count(*) FILTER (WHERE w.wanted) = 0 THEN 'ok' ELSE 'alter' END, 'units and meanings of our columns',
    CASE WHEN count(*) FILTER (WHERE w.wanted) > 0 THEN 'setup' END,
    string_agg(format('COMMENT ON %s IS %L', object, description), '; ') FILTER (WHERE w.wanted)
  FROM found CROSS JOIN LATERAL (SELECT stands IS NULL OR stands <> description AND NOT foreign_column AS wanted) w
  GROUP BY name;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_comments(text) IS 'The comments of a table that exists.';

-- Every user has the row in auth.users that Supabase signs in. On a table with rows it is for a person: signing up may depend on it. Only its owner
-- validates it: PostgreSQL plans a query of the table then, which can run what the owner planted.
CREATE FUNCTION worldtune_internal.setup_find_foreign_keys(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 'foreign key of public.users', CASE WHEN k.stands THEN 'ok' WHEN e.can_do THEN 'create' ELSE 'review' END, 'every user is one of auth.users',
    CASE WHEN k.stands THEN NULL WHEN e.can_do THEN 'caller' ELSE 'person' END,
    CASE WHEN NOT k.stands THEN 'ALTER TABLE public.users ADD CONSTRAINT users_id_fkey FOREIGN KEY (id) REFERENCES auth.users (id) NOT VALID'
      || CASE WHEN e.can_do THEN '' ELSE '; ALTER TABLE public.users VALIDATE CONSTRAINT users_id_fkey' END END
  FROM worldtune_internal.setup_target($1) x
  CROSS JOIN LATERAL (SELECT worldtune_internal.setup_oid('auth', 'users') AS signed_in) a
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = x.id AND confrelid = a.signed_in AND contype = 'f') AS stands) k
  CROSS JOIN LATERAL (SELECT pg_relation_size(x.id) = 0 AND has_table_privilege(a.signed_in, 'REFERENCES') AND has_schema_privilege('auth', 'USAGE') AS can_do) e
  WHERE $1 = 'users' AND x.id IS NOT NULL AND a.signed_in IS NOT NULL;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_foreign_keys(text) IS 'The foreign key from users to auth.users, where there is that table.';

CREATE FUNCTION worldtune_internal.setup_find_unvalidated_keys(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 'foreign key of public.users', 'alter', 'holds for new rows, old ones were not looked at', CASE WHEN pg_relation_size(x.id) = 0 THEN 'setup' ELSE 'person' END,
    format('ALTER TABLE %s VALIDATE CONSTRAINT %I', x.name, k.conname)
  FROM worldtune_internal.setup_target($1) x
  JOIN pg_constraint k ON k.conrelid = x.id AND k.confrelid = worldtune_internal.setup_oid('auth', 'users') AND k.contype = 'f' AND NOT k.convalidated
  WHERE $1 = 'users';
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_unvalidated_keys(text) IS 'The foreign key from users to auth.users, where it was made without looking at the rows.';

-- Code of others on the tables in schema worldtune would run as worldtune_definer or worldtune_keeper. A plain index is the operator's choice.
CREATE FUNCTION worldtune_internal.setup_strays() RETURNS TABLE (object text, remedy text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH ours AS (
    SELECT t.table_name, x.id, x.name FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x WHERE t.schema_name = 'worldtune'
  ), columns AS (
    SELECT o.id, o.name, a.attnum, a.attname, a.atttypid, c.definition
    FROM ours o JOIN pg_attribute a ON a.attrelid = o.id AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN worldtune_internal.setup_columns() c ON c.table_name = o.table_name AND c.column_name = a.attname
  )
  SELECT format('trigger %I on %s', g.tgname, o.name), format('DROP TRIGGER %I ON %s', g.tgname, o.name)
  FROM ours o JOIN pg_trigger g ON g.tgrelid = o.id AND NOT g.tgisinternal
  WHERE NOT EXISTS (SELECT FROM worldtune_internal.setup_triggers() w WHERE w.table_name = o.table_name AND w.trigger_name = g.tgname)
UNION ALL
  SELECT format('rule %I on %s', w.rulename, o.name), format('DROP RULE %I ON %s', w.rulename, o.name) FROM ours o JOIN pg_rewrite w ON w.ev_class = o.id
UNION ALL
  SELECT format('policy %I on %s', p.polname, o.name), format('DROP POLICY %I ON %s', p.polname, o.name) FROM ours o JOIN pg_policy p ON p.polrelid = o.id
UNION ALL
  SELECT format('column %s.%I', c.name, c.attname), format('ALTER TABLE %s DROP COLUMN %I', c.name, c.attname) FROM columns c WHERE c.definition IS NULL
UNION ALL
  -- 16384 is FirstNormalObjectId: what is below it PostgreSQL brought.
  SELECT format('type of column %s.%I', c.name, c.attname), format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', c.name, c.attname, substring(c.definition FROM '^[\w(),]+'))
  FROM columns c WHERE c.definition IS NOT NULL AND c.atttypid >= 16384
UNION ALL
  SELECT format('default of column %s.%I', c.name, c.attname), format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', c.name, c.attname)
  FROM columns c JOIN pg_attrdef d ON d.adrelid = c.id AND d.adnum = c.attnum
  WHERE c.definition IS NOT NULL AND pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM substring(c.definition FROM 'DEFAULT (.+)$')
UNION ALL
  SELECT format('constraint %I on %s', k.conname, k.conrelid::regclass), format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname)
  FROM ours o JOIN pg_constraint k ON o.id IN (k.conrelid, k.confrelid)
  WHERE k.contype IN ('f', 'x') OR k.contype = 'c' AND NOT EXISTS (SELECT FROM columns c
    WHERE c.id = o.id AND pg_get_constraintdef(k.oid) = format('CHECK (%s)', substring(c.definition FROM 'CHECK (.+)$')))
UNION ALL
  SELECT format('index %s', i.indexrelid::regclass), format('DROP INDEX %s', i.indexrelid::regclass)
  FROM ours o JOIN pg_index i ON i.indrelid = o.id
  WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR EXISTS (SELECT FROM unnest(i.indclass::oid[]) c(operators) WHERE c.operators >= 16384))
    AND NOT i.indisexclusion AND NOT EXISTS (SELECT FROM worldtune_internal.setup_indexes() w WHERE w.definition = pg_get_indexdef(i.indexrelid))
UNION ALL
  SELECT format('statistics %s', s.stxname), format('DROP STATISTICS %I.%I', s.stxnamespace::regnamespace, s.stxname) FROM ours o JOIN pg_statistic_ext s ON s.stxrelid = o.id
UNION ALL
  SELECT format('table %s, which inherits from %s', i.inhrelid::regclass, i.inhparent::regclass), format('ALTER TABLE %s NO INHERIT %s', i.inhrelid::regclass, i.inhparent::regclass)
  FROM ours o JOIN pg_inherits i ON o.id IN (i.inhrelid, i.inhparent)
  ORDER BY 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_strays() IS 'What stands on the tables in schema worldtune and could run code there, beside what the specification says.';

-- What setup() would stumble over half way, so it looks before it begins. PostgreSQL does not change or drop a column that a view, a policy or a
-- trigger's condition names.
CREATE FUNCTION worldtune_internal.setup_obstacles() RETURNS TABLE (object text, detail text, code text, remedy text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH ours AS MATERIALIZED (
    SELECT t.table_name, x.* FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x
  ), present AS MATERIALIZED (
    SELECT x.id, x.name, c.column_name, c.definition, c.money, a.attnum, a.atttypid, a.atttypmod FROM ours x
    JOIN worldtune_internal.setup_columns() c ON c.table_name = x.table_name
    JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = c.column_name AND NOT a.attisdropped
  )
  SELECT 'table ' || x.name, CASE c.relkind WHEN 'p' THEN 'is partitioned' WHEN 'v' THEN 'is a view' ELSE 'is not an ordinary table' END
    || ': pg_worldtune writes rows of ordinary tables alone', '42809', 'Rename it and let setup() make an ordinary table, or copy the rows into one.'
  FROM ours x JOIN pg_class c ON c.oid = x.id
  WHERE c.relkind <> 'r'
UNION ALL
  SELECT format('column %s.%I', c.name, c.column_name), format('is of type %s, must be uuid', format_type(c.atttypid, c.atttypmod)), '42804',
    'Users, calls and payments are known by uuids: give them some, then run setup() again.'
  FROM present c
  WHERE c.definition LIKE 'uuid%' AND c.atttypid <> 'uuid'::regtype
UNION ALL
  SELECT format('column %s.%I', c.name, c.column_name), format('is of type %s, must be numeric', format_type(c.atttypid, c.atttypmod)), '42804',
    format('ALTER TABLE %s ALTER COLUMN %I TYPE numeric USING ..., then run setup() again.', c.name, c.column_name)
  FROM present c
  JOIN pg_type y ON y.oid = c.atttypid
  CROSS JOIN LATERAL (SELECT coalesce(nullif(y.typbasetype, 0), y.oid) AS base) b
  WHERE c.money AND b.base <> 'numeric'::regtype
    AND NOT EXISTS (SELECT FROM pg_cast k WHERE k.castsource = b.base AND k.casttarget = 'numeric'::regtype AND k.castcontext <> 'e')
UNION ALL
  SELECT 'table ' || x.name, format('belongs to %s, public.users to %s: one books what the other changes', x.owner::regrole, u.owner::regrole), '42501',
    format('ALTER TABLE %s OWNER TO %s', x.name, u.owner::regrole)
  FROM ours x, ours u
  WHERE x.table_name = 'credit_ledger' AND u.table_name = 'users' AND x.id IS NOT NULL AND x.owner <> u.owner
UNION ALL
  SELECT 'table ' || x.name, format('belongs to %s, who could have put code into it', x.owner::regrole), '42501',
    'Drop it and restore its rows as docs/restore.md says, into the one that worldtune.prepare_restore() makes.'
  FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x JOIN pg_roles r ON r.oid = x.owner
  WHERE t.schema_name = 'worldtune' AND NOT r.rolsuper AND r.rolname NOT IN ('worldtune_keeper', 'worldtune_definer')
UNION ALL
  SELECT s.object, 'is none of pg_worldtune''s, and could run code of others', '42501', s.remedy FROM worldtune_internal.setup_strays() s
UNION ALL
  SELECT 'table ' || x.name, format('hides rows from its owner, %I (FORCE ROW LEVEL SECURITY)', r.rolname), '42501',
    format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY; force it again after setup().', x.name)
  FROM ours x JOIN pg_class c ON c.oid = x.id JOIN pg_roles r ON r.oid = x.owner
  WHERE c.relrowsecurity AND c.relforcerowsecurity AND NOT r.rolbypassrls AND NOT r.rolsuper
UNION ALL
  SELECT pg_describe_object(d.classid, d.objid, d.objsubid), format('depends on %s.%I, which must be %s', n.name, n.column_name, n.what), '2BP01',
    'Drop it, run setup(), create it again: setup(dry_run => true) shows what would be done.'
  FROM (
    SELECT c.id, c.name, c.attnum, c.column_name, 'widened' AS what FROM present c WHERE worldtune_internal.setup_is_narrow(c.atttypid, c.atttypmod, c.money)
  UNION ALL
    SELECT x.id, x.name, r.attribute, r.column_name, 'dropped' FROM ours x, worldtune_internal.setup_retired(x.table_name) r
  ) n
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = n.id AND d.refobjsubid = n.attnum
  WHERE d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_publication_rel'::regclass, 'pg_proc'::regclass)
    OR EXISTS (SELECT FROM pg_attrdef f JOIN pg_attribute g ON g.attrelid = f.adrelid AND g.attnum = f.adnum AND g.attgenerated <> ''
               WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid)
    OR d.classid = 'pg_class'::regclass AND d.objid = d.refobjid AND d.objsubid > 0 AND d.deptype = 'a'
  GROUP BY d.classid, d.objid, d.objsubid, n.name, n.column_name, n.what
  ORDER BY 3, 1;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_obstacles() IS 'What keeps setup() from beginning, with the SQLSTATE of the error that it raises then.';

CREATE FUNCTION worldtune_internal.setup_find_owner(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 'owner of ' || x.name, CASE WHEN s.stands THEN 'ok' ELSE 'alter' END, pg_get_userbyid(x.owner)::text,
    CASE WHEN s.stands THEN NULL WHEN c.rolsuper THEN 'caller' ELSE 'person' END,
    CASE WHEN NOT s.stands THEN format('ALTER TABLE %s OWNER TO worldtune_keeper', x.name) END
  FROM worldtune_internal.setup_tables() t
  CROSS JOIN LATERAL worldtune_internal.setup_target($1) x
  CROSS JOIN LATERAL (SELECT x.owner = 'worldtune_keeper'::regrole AS stands) s
  JOIN pg_roles c ON c.rolname = current_user
  WHERE t.table_name = $1 AND t.schema_name = 'worldtune' AND x.id IS NOT NULL;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_owner(text) IS 'Whose the tables are that outlive the extension: a restore without owners gives them to whoever restores.';
