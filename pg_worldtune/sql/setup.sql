-- setup() brings the database to the specification, audit() tells what differs from it. Both read the same findings (setup_structure.sql,
-- setup_access.sql): setup() runs their commands, audit() answers them. The application's tables are changed with the rights of their owners alone.

CREATE FUNCTION worldtune_internal.run_as(role oid, commands text) RETURNS bigint
  LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_run_as';
COMMENT ON FUNCTION worldtune_internal.run_as(oid, text) IS
  'Runs SQL commands as that role, which the caller must be a member of; they cannot become anybody else, nor leave anything behind that runs later. Answers the bigint of the last one''s first row. Errors: 42501.';

CREATE FUNCTION worldtune_internal.setup_can_count() RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT NOT EXISTS (SELECT FROM worldtune_internal.setup_obstacles() WHERE code <> '2BP01') $$;
COMMENT ON FUNCTION worldtune_internal.setup_can_count() IS 'Whether the tables'' owner can read their rows and compare them: what depends on a column is no obstacle to that.';

-- Of the rows, not of the catalog: how many there are is counted as their owner.
CREATE FUNCTION worldtune_internal.setup_data(table_name text)
  RETURNS TABLE (object text, action text, detail text, probe text, command text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH ledger AS (
    SELECT CASE WHEN (worldtune_internal.setup_target('credit_ledger')).id IS NULL THEN 'SELECT NULL::uuid AS user_id, 0 AS total WHERE false'
      ELSE 'SELECT user_id, sum(delta) AS total FROM ONLY public.credit_ledger GROUP BY user_id' END AS sums
  )
  SELECT 'balances of public.users' AS object, d.action, d.detail, d.probe, d.command
  FROM worldtune_internal.setup_target('users') x
  JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = 'credit_balance' AND NOT a.attisdropped
  CROSS JOIN ledger l
  CROSS JOIN LATERAL (VALUES
    ('alter', 'NULL becomes 0, which it meant', 'SELECT count(*) FROM ONLY public.users WHERE credit_balance IS NULL',
      'UPDATE ONLY public.users SET credit_balance = 0 WHERE credit_balance IS NULL'),
    ('alter', 'rounded to six decimals', 'SELECT count(*) FROM ONLY public.users WHERE credit_balance::numeric <> round(credit_balance::numeric, 6)',
      'UPDATE ONLY public.users SET credit_balance = round(credit_balance, 6) WHERE credit_balance <> round(credit_balance, 6)'),
    ('book', 'opening rows, and what changed without the guards',
      format('SELECT count(*) FROM ONLY public.users u FULL JOIN (%s) l ON l.user_id = u.id'
        ' WHERE round(coalesce(u.credit_balance::numeric, 0), 6) <> coalesce(l.total, 0)', l.sums),
      format('ALTER TABLE public.credit_ledger DISABLE TRIGGER worldtune_append_only;'
        ' INSERT INTO public.credit_ledger (user_id, created_at, delta, balance_after, kind, note)'
        ' SELECT coalesce(u.id, l.user_id), clock_timestamp(), coalesce(u.credit_balance, 0) - coalesce(l.total, 0), coalesce(u.credit_balance, 0),'
        ' CASE WHEN l.user_id IS NULL THEN ''opening'' ELSE ''adjustment'' END, ''found by setup()'''
        ' FROM ONLY public.users u FULL JOIN (%s) l ON l.user_id = u.id WHERE coalesce(u.credit_balance, 0) <> coalesce(l.total, 0);'
        ' ALTER TABLE public.credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only;'
        ' SELECT worldtune_internal.detail_entries()', l.sums))
  ) AS d(action, detail, probe, command)
  WHERE $1 = 'users' AND worldtune_internal.setup_can_count()
UNION ALL
  SELECT 'rows of public.transactions', 'review',
    'the application''s payments with a status that does not tell whether they were credited (completed) or not (pending): add_credits() credits them',
    format('SELECT count(*) %s', r.doubtful), format('SELECT status, count(*) %s GROUP BY status', r.doubtful)
  FROM worldtune_internal.setup_target('transactions') x
  CROSS JOIN (VALUES ('FROM ONLY public.transactions WHERE booked_at IS NULL AND NOT worldtune_internal.is_payment_status(status::text)')) AS r(doubtful)
  WHERE $1 = 'transactions' AND worldtune_internal.setup_can_count()
    AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = x.id AND a.attname IN ('booked_at', 'status') AND NOT a.attisdropped) = 2;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_data(text) IS 'What there is to do to the rows of the table: probe counts them. Nothing is counted before an obstacle that hides rows or their types.';

CREATE FUNCTION worldtune_internal.setup_find_data(table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  owner oid := (worldtune_internal.setup_target(table_name)).owner;
  data record;
  found bigint;
BEGIN
  FOR data IN SELECT * FROM worldtune_internal.setup_data(table_name) LOOP
    found := worldtune_internal.run_as(owner, data.probe);
    RETURN NEXT ROW(data.object, CASE WHEN found = 0 THEN 'ok' ELSE data.action END, format('%s: %s', data.detail, found),
      CASE WHEN found = 0 THEN NULL WHEN data.action = 'review' THEN 'person' ELSE 'setup' END, CASE WHEN found > 0 THEN data.command END)::worldtune_internal.setup_finding;
  END LOOP;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_data(text) IS 'setup_data(), counted.';

-- Policies come before privileges: a client gets a table when its rows are told apart.
CREATE FUNCTION worldtune_internal.setup_find(part text, table_name text) RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT * FROM worldtune_internal.setup_find_%s($1)', part) USING table_name;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find(text, text) IS 'The findings of one of setup_parts().';

CREATE FUNCTION worldtune_internal.setup_parts() RETURNS text[]
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT '{table,owner,columns,data,details,constraints,checks,indexes,triggers,comments,foreign_keys,unvalidated_keys,own_policies,policy_holes,excess,missing_grants}'::text[]
$$;
COMMENT ON FUNCTION worldtune_internal.setup_parts() IS 'What is looked at of each table, in the order in which it is done: the later stand on the earlier.';

-- Whether to lock the whole table first: all that these commands need of it at once, so that nobody meets us half way. Privileges and comments need none.
CREATE FUNCTION worldtune_internal.setup_needs_lock(command text) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT command !~ '^(GRANT|REVOKE|COMMENT|CREATE TABLE)' $$;
COMMENT ON FUNCTION worldtune_internal.setup_needs_lock(text) IS 'Whether the command of a finding changes the table itself.';

CREATE FUNCTION worldtune_internal.setup_table(table_name text, dry_run boolean, close_holes boolean) RETURNS SETOF worldtune.setup_step
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  target worldtune_internal.setup_target := worldtune_internal.setup_target(table_name);
  locked boolean := target.id IS NULL;
  part text;
  finding worldtune_internal.setup_finding;
  does boolean;
BEGIN
  FOREACH part IN ARRAY worldtune_internal.setup_parts() LOOP
    FOREACH finding IN ARRAY ARRAY(SELECT f FROM worldtune_internal.setup_find(part, table_name) f) LOOP
      does := coalesce(finding.closed_by IN ('setup', 'caller') OR finding.closed_by = 'close_holes' AND close_holes, false);
      IF does AND NOT dry_run THEN
        IF NOT locked AND worldtune_internal.setup_needs_lock(finding.command) THEN
          PERFORM worldtune_internal.run_as(target.owner, format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', target.name));
          locked := true;
        END IF;
        IF finding.closed_by = 'caller' THEN
          EXECUTE finding.command;
          target := worldtune_internal.setup_target(table_name);
        ELSE
          PERFORM worldtune_internal.run_as(target.owner, finding.command);
        END IF;
      END IF;
      RETURN NEXT ROW(finding.object, CASE WHEN does OR finding.action = 'ok' THEN finding.action ELSE 'review' END, finding.detail)::worldtune.setup_step;
    END LOOP;
  END LOOP;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_table(text, boolean, boolean) IS 'Brings one table to the specification, as its owner.';

CREATE FUNCTION worldtune_internal.setup_own_table(table_name text, dry_run boolean) RETURNS SETOF worldtune.setup_step
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_table(t.table_name, $2, false) s
  WHERE t.table_name = $1 AND t.schema_name = 'worldtune'
$$;
COMMENT ON FUNCTION worldtune_internal.setup_own_table(text, boolean) IS 'setup_table() for those that belong to worldtune_keeper, as whom it runs.';

-- Whoever restores a dump need not make tables here then, where he could put functions in front of ours.
CREATE FUNCTION worldtune.prepare_restore() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  missing record;
BEGIN
  FOR missing IN SELECT x.name, f.command FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x, worldtune_internal.setup_find_table(t.table_name) f
      WHERE t.schema_name = 'worldtune' AND x.id IS NULL LOOP
    EXECUTE missing.command;
    EXECUTE format('GRANT INSERT ON %s TO pg_database_owner', missing.name);
  END LOOP;
END
$$;
COMMENT ON FUNCTION worldtune.prepare_restore() IS
  'Makes the missing ones of ledger_details and carrier_charges, empty and without guards, for the rows that the database''s owner restores from a dump; setup() ends that. For superusers.';

-- What the operator takes off the list of blocks stays off it: it is filled in once, together with the settings.
CREATE FUNCTION worldtune_internal.setup_operator_rows() RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO worldtune.destination_blocks (prefix, reason)
  SELECT b.prefix, b.reason FROM worldtune_internal.default_destination_blocks() b WHERE NOT EXISTS (SELECT FROM worldtune.settings) ON CONFLICT DO NOTHING;
  INSERT INTO worldtune.settings DEFAULT VALUES ON CONFLICT DO NOTHING;
$$;
COMMENT ON FUNCTION worldtune_internal.setup_operator_rows() IS 'Makes the row of settings, and with the first one the blocks that ship.';

CREATE FUNCTION worldtune_internal.move_carrier_costs() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM worldtune_internal.require_tables();
  -- Of a built-in type alone: else abs() might be somebody else's.
  IF EXISTS (SELECT FROM worldtune_internal.setup_target('call_logs') x JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = 'carrier_cost'
             AND a.atttypid = 'numeric'::regtype JOIN pg_class c ON c.oid = x.id AND c.relkind = 'r') THEN
    EXECUTE 'INSERT INTO worldtune.carrier_charges (call_id, item, sid, amount, reported_at)'
      ' SELECT id, ''both_legs'', coalesce(call_sid, ''''), abs(carrier_cost), coalesce(reconciled_at, ended_at, created_at)'
      ' FROM ONLY public.call_logs WHERE carrier_cost IS NOT NULL ON CONFLICT DO NOTHING';
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.move_carrier_costs() IS 'Copies call_logs.carrier_cost of an earlier state to carrier_charges, as both_legs.';

-- Many at once: by one statement, past the guard, which takes single rows from our functions alone. worldtune_keeper looks at no table of the application.
CREATE FUNCTION worldtune_internal.write_details(entries bigint[], users uuid[]) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  ALTER TABLE worldtune.ledger_details DISABLE TRIGGER worldtune_append_only;
  INSERT INTO worldtune.ledger_details (entry_id, user_id, role, session_role, remark)
  SELECT e.entry_id, e.user_id, coalesce(nullif(current_setting('role'), 'none'), session_user), session_user, 'found by setup()'
  FROM unnest(entries, users) AS e(entry_id, user_id);
  ALTER TABLE worldtune.ledger_details ENABLE ALWAYS TRIGGER worldtune_append_only;
  RETURN cardinality(entries);
END
$$;
COMMENT ON FUNCTION worldtune_internal.write_details(bigint[], uuid[]) IS 'Writes the ledger_details of those entries of those users, as found by setup(). Answers how many.';

CREATE FUNCTION worldtune_internal.detail_entries() RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  entries bigint[];
  users uuid[];
BEGIN
  PERFORM worldtune_internal.require_tables();
  IF (worldtune_internal.setup_target('ledger_details')).owner <> 'worldtune_keeper'::regrole THEN
    RETURN 0;
  END IF;
  SELECT array_agg(l.id), array_agg(l.user_id) INTO entries, users FROM ONLY public.credit_ledger l
  WHERE l.kind <> 'call' AND NOT EXISTS (SELECT FROM ONLY worldtune.ledger_details d WHERE d.entry_id = l.id);
  RETURN CASE WHEN entries IS NULL THEN 0 ELSE worldtune_internal.write_details(entries, users) END;
END
$$;
COMMENT ON FUNCTION worldtune_internal.detail_entries() IS
  'Writes the ledger_details of the entries that have none: those that setup() booked, and those of an earlier state. Answers how many.';

CREATE FUNCTION worldtune_internal.setup_check_caller() RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x
             WHERE t.schema_name = 'public' AND NOT pg_has_role(x.owner, 'USAGE')) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'setup() must be run by the owner of the application''s tables or a superuser',
      HINT = 'An owner whose tables were made after the extension may run it once the database''s owner or a superuser has run SELECT worldtune_internal.apply_grants().';
  END IF;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction', MESSAGE = 'setup() must run in READ COMMITTED',
      HINT = 'In other isolation levels it would not see what committed while it waited for a lock.';
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_check_caller() IS 'Error 42501 when the caller may not run setup(), 25001 in other isolation levels than READ COMMITTED.';

CREATE FUNCTION worldtune_internal.setup_check_obstacles() RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  obstacle record;
BEGIN
  SELECT * INTO obstacle FROM worldtune_internal.setup_obstacles();
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = obstacle.code, MESSAGE = format('setup() has not begun: %s %s', obstacle.object, obstacle.detail),
      DETAIL = (SELECT string_agg(object || ' ' || detail, E'\n') FROM worldtune_internal.setup_obstacles()), HINT = obstacle.remedy;
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_check_obstacles() IS 'Raises the error of the first of setup_obstacles().';

CREATE FUNCTION worldtune_internal.setup_find_roles() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 'role ' || r.role_name, CASE WHEN p.oid IS NULL THEN 'create' ELSE 'ok' END, r.options,
    CASE WHEN p.oid IS NULL THEN 'setup' END, CASE WHEN p.oid IS NULL THEN format('CREATE ROLE %I %s', r.role_name, r.options) END
  FROM worldtune_internal.setup_roles() r LEFT JOIN pg_roles p ON p.rolname = r.role_name;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_roles() IS 'The roles that there must be.';

-- As worldtune_definer: whoever owns the application's tables need not read the operator's settings.
CREATE FUNCTION worldtune_internal.setup_find_operator_rows() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT o.object, CASE WHEN s.stands THEN 'ok' ELSE 'create' END, o.detail,
    CASE WHEN NOT s.stands THEN 'setup' END, CASE WHEN NOT s.stands THEN 'SELECT worldtune_internal.setup_operator_rows()' END
  FROM (SELECT EXISTS (SELECT FROM worldtune.settings) AS stands) s,
    (VALUES ('worldtune.destination_blocks', 'the list that ships, for the operator to edit'), ('worldtune.settings', 'the one row')) AS o(object, detail);
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_find_operator_rows() IS 'Whether the settings were made.';

CREATE FUNCTION worldtune_internal.setup_common(part text, dry_run boolean) RETURNS SETOF worldtune.setup_step
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  finding worldtune_internal.setup_finding;
  does boolean;
BEGIN
  FOR finding IN EXECUTE format('SELECT * FROM worldtune_internal.setup_find_%s()', part) LOOP
    does := coalesce(finding.closed_by = 'setup', false);
    IF does AND NOT dry_run THEN
      EXECUTE finding.command;
    END IF;
    RETURN NEXT ROW(finding.object, CASE WHEN does OR finding.action = 'ok' THEN finding.action ELSE 'review' END, finding.detail)::worldtune.setup_step;
  END LOOP;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_common(text, boolean) IS 'What belongs to no table, by whoever runs setup(): roles, function_grants, operator_rows, reviews.';

CREATE FUNCTION worldtune_internal.setup_all(dry_run boolean, close_holes boolean) RETURNS SETOF worldtune.setup_step
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  listed record;
BEGIN
  PERFORM worldtune_internal.take_turn('setup');
  RETURN QUERY SELECT * FROM worldtune_internal.setup_common('roles', dry_run);
  RETURN QUERY SELECT * FROM worldtune_internal.setup_common('function_grants', dry_run);
  RETURN QUERY SELECT * FROM worldtune_internal.setup_common('operator_rows', dry_run);
  FOR listed IN SELECT t.table_name, (worldtune_internal.setup_target(t.table_name)).owner = 'worldtune_keeper'::regrole AS is_own FROM worldtune_internal.setup_tables() t LOOP
    IF listed.is_own THEN
      RETURN QUERY SELECT * FROM worldtune_internal.setup_own_table(listed.table_name, dry_run);
    ELSE
      RETURN QUERY SELECT * FROM worldtune_internal.setup_table(listed.table_name, dry_run, close_holes);
    END IF;
  END LOOP;
  RETURN QUERY SELECT * FROM worldtune_internal.setup_common('reviews', dry_run);
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_all(boolean, boolean) IS 'Every table in turn. With dry_run it only looks: of a table that is missing it finds that alone.';

CREATE FUNCTION worldtune_internal.setup_once(close_holes boolean) RETURNS worldtune.setup_step[]
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- Before the column stood no call can have been authorised: nothing is read of a large table while it is locked.
  was_in_use boolean := EXISTS (SELECT FROM worldtune_internal.setup_target('call_logs') x JOIN pg_attribute a ON a.attrelid = x.id AND a.attname = 'authorized_at');
  steps worldtune.setup_step[];
BEGIN
  -- What the application defers would run at the end, as whoever runs this.
  SET CONSTRAINTS ALL IMMEDIATE;
  -- Looked at first without a lock: what there is to do is done sooner then, and mostly there is nothing.
  steps := ARRAY(SELECT s FROM worldtune_internal.setup_all(true, close_holes) s);
  IF EXISTS (SELECT FROM unnest(steps) s WHERE s.action NOT IN ('ok', 'review')) THEN
    steps := ARRAY(SELECT s FROM worldtune_internal.setup_all(false, close_holes) s);
  END IF;
  -- What an earlier state of this extension, or a restore, leaves behind.
  IF was_in_use THEN
    PERFORM worldtune_internal.restore_holds();
    PERFORM worldtune_internal.detail_entries();
    PERFORM worldtune_internal.skip_used_deck_ids();
  END IF;
  RETURN steps;
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_once(boolean) IS 'One attempt of setup(). Answers what it did.';

-- It never waits for long: whoever wants a table that it waits for waits behind it. Where calls and setup() hold what the other one wants, setup() lets go.
-- A rehearsal does it all and takes it back, locks included: so it tells what will be done, not what might be.
CREATE FUNCTION worldtune.setup(dry_run boolean DEFAULT false, close_holes boolean DEFAULT false)
  RETURNS SETOF worldtune.setup_step
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET row_security = off SET lock_timeout = '400ms' SET jit = off SET quote_all_identifiers = off SET standard_conforming_strings = on
AS $$
DECLARE
  attempts_left integer := 10;
  steps worldtune.setup_step[];
BEGIN
  PERFORM worldtune_internal.setup_check_caller();
  IF dry_run AND EXISTS (SELECT FROM worldtune_internal.setup_obstacles()) THEN
    RETURN QUERY SELECT object, 'review', detail FROM worldtune_internal.setup_obstacles();
    RETURN QUERY SELECT * FROM worldtune_internal.setup_all(true, close_holes);
    RETURN;
  END IF;
  PERFORM worldtune_internal.setup_check_obstacles();
  LOOP
    BEGIN
      steps := worldtune_internal.setup_once(close_holes);
      IF dry_run THEN
        RAISE EXCEPTION USING ERRCODE = 'WTDRY', MESSAGE = 'setup() was rehearsed';
      END IF;
      EXIT;
    EXCEPTION
      WHEN SQLSTATE 'WTDRY' THEN
        EXIT;
      WHEN lock_not_available OR deadlock_detected THEN
        attempts_left := attempts_left - 1;
        IF attempts_left = 0 THEN
          RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = 'setup() could not lock a table that others are using: ' || SQLERRM,
            DETAIL = 'It waits 0.4 s at a time, ten times, so that nobody waits long behind it. Nothing was changed.',
            HINT = 'Run it again when the long transactions of pg_stat_activity have ended.';
        END IF;
        PERFORM pg_sleep(0.1 + random() * 0.4);
    END;
  END LOOP;
  IF NOT dry_run THEN
    NOTIFY pgrst, 'reload schema';
  END IF;
  RETURN QUERY SELECT * FROM unnest(steps);
END
$$;
COMMENT ON FUNCTION worldtune.setup(boolean, boolean) IS
  'Brings the application''s tables (users, transactions, call_logs, credit_ledger in schema public) and those of ours that outlive the extension to what it needs: creates what is missing, adds, widens, heals guards, books what the ledger does not explain, grants, closes the write to one''s own credit_balance. Loses nothing, can run any number of times. dry_run does the same, answers the same and takes it all back (it locks what setup() locks, until it returns; before an obstacle it only tells what differs); close_holes also closes what is otherwise reported for review. Errors: 42501 unless superuser or the tables'' owner; 55P03 when others hold a table for long; 42809, 42804, 2BP01 and 25001 before it begins.';

CREATE TYPE worldtune.audit_finding AS (
  object text,
  state text,
  detail text,
  remedy text
);
COMMENT ON TYPE worldtune.audit_finding IS 'Row of audit().';
COMMENT ON COLUMN worldtune.audit_finding.object IS 'What it is about.';
COMMENT ON COLUMN worldtune.audit_finding.state IS 'missing, differs (from what setup() makes), hole (clients reach what they should not), review (a person should look).';
COMMENT ON COLUMN worldtune.audit_finding.detail IS 'What is the matter.';
COMMENT ON COLUMN worldtune.audit_finding.remedy IS 'SQL that closes it, or what to do.';

CREATE FUNCTION worldtune_internal.audit_data() RETURNS SETOF worldtune_internal.setup_finding
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  data record;
  found bigint;
BEGIN
  PERFORM worldtune_internal.require_tables();
  FOR data IN SELECT d.* FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_data(t.table_name) d LOOP
    EXECUTE data.probe INTO found;
    CONTINUE WHEN found = 0;
    RETURN NEXT ROW(data.object, data.action, format('%s: %s', data.detail, found), 'setup',
      CASE WHEN data.action = 'review' THEN data.command ELSE 'SELECT * FROM worldtune.setup()' END)::worldtune_internal.setup_finding;
  END LOOP;
EXCEPTION
  -- What is missing has a row of its own.
  WHEN SQLSTATE 'PT503' THEN RETURN;
  WHEN insufficient_privilege OR wrong_object_type OR datatype_mismatch OR cannot_coerce OR object_not_in_prerequisite_state THEN
    RETURN NEXT ROW('rows of the tables', 'review', SQLERRM, 'person', 'They are looked at when that is mended.')::worldtune_internal.setup_finding;
END
$$;
COMMENT ON FUNCTION worldtune_internal.audit_data() IS 'What of the rows differs; as worldtune_definer, who runs no code of the tables'' owner.';

CREATE FUNCTION worldtune.audit() RETURNS SETOF worldtune.audit_finding
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET quote_all_identifiers = off SET standard_conforming_strings = on
AS $$
  SELECT f.object, CASE WHEN f.action IN ('create', 'add', 'grant') THEN 'missing' WHEN f.action = 'close' THEN 'hole' WHEN f.action = 'review' THEN 'review' ELSE 'differs' END,
    f.detail, f.command
  FROM (
    SELECT o.object, 'review' AS action, o.detail, o.remedy AS command FROM worldtune_internal.setup_obstacles() o
  UNION ALL SELECT r.object, r.action, r.detail, r.command FROM worldtune_internal.setup_find_roles() r
  UNION ALL SELECT g.object, g.action, g.detail, g.command FROM worldtune_internal.setup_find_function_grants() g
  UNION ALL SELECT s.object, s.action, s.detail, 'SELECT * FROM worldtune.setup()' FROM worldtune_internal.setup_find_operator_rows() s
  UNION ALL
    -- Nobody but worldtune_keeper, as whom setup() does it, can change those of schema worldtune.
    SELECT f.object, f.action, f.detail, CASE WHEN t.schema_name = 'worldtune' AND f.closed_by = 'setup' THEN 'SELECT * FROM worldtune.setup()' ELSE f.command END
    FROM worldtune_internal.setup_tables() t, unnest(worldtune_internal.setup_parts()) p(part), worldtune_internal.setup_find(p.part, t.table_name) f
    WHERE p.part <> 'data'
  UNION ALL SELECT d.object, d.action, d.detail, d.command FROM worldtune_internal.audit_data() d
  UNION ALL SELECT v.object, v.action, v.detail, v.command FROM worldtune_internal.setup_find_reviews() v
  ) f
  WHERE f.action <> 'ok'
$$;
COMMENT ON FUNCTION worldtune.audit() IS
  'Every difference from what setup() makes, and every hole, with the SQL that closes it; no row when all is as it should be. Of a table that is missing it names that alone. Changes nothing. For service_role and the owners of the database and of the application''s tables.';
