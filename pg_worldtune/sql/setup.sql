-- setup(): brings the application's tables to what this extension needs, and closes the holes it finds.
-- Data flows one way: the specification says what there should be, setup_plan() compares it with the catalog and answers one row for each thing
-- with the command that would mend it, setup() runs the commands. The tables belong to whoever runs setup(), never to the extension.

CREATE FUNCTION worldtune.setup_columns()
  RETURNS TABLE (table_name text, column_name text, definition text, money boolean, description text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('users', 'id', 'uuid PRIMARY KEY DEFAULT gen_random_uuid()', false, 'The user, as in auth.users.'),
    ('users', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, NULL),
    ('users', 'email', 'text', false, NULL),
    ('users', 'name', 'text', false, NULL),
    ('users', 'avatar_url', 'text', false, NULL),
    ('users', 'credit_balance', 'numeric(18,6) NOT NULL DEFAULT 0', true,
      'What the user owns, in credits (1 credit = 1 US dollar). May go below zero, is never cut to zero. Every change is booked in credit_ledger.'),
    ('users', 'credit_held', 'numeric(18,6) NOT NULL DEFAULT 0', true,
      'Credits held for this user''s calls in progress: the sum of call_logs.credits_held. Written by pg_worldtune alone.'),

    ('transactions', 'id', 'uuid PRIMARY KEY DEFAULT gen_random_uuid()', false, NULL),
    ('transactions', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, NULL),
    ('transactions', 'user_id', 'uuid NOT NULL', false, 'The buyer.'),
    ('transactions', 'amount', 'numeric(18,6) NOT NULL CHECK (amount > 0)', true, 'What was paid, in US dollars.'),
    ('transactions', 'credits_added', 'numeric(18,6) NOT NULL CHECK (credits_added > 0)', true, 'Credits bought.'),
    ('transactions', 'payment_intent_id', 'text NOT NULL', false, 'The payment provider''s id; adds credit at most once.'),
    ('transactions', 'status', 'text', false, 'completed once the credit is booked.'),
    ('transactions', 'booked_at', 'timestamptz', false,
      'When add_credits booked it. NULL: a row of the application''s own, credited before or not at all.'),

    ('call_logs', 'id', 'uuid PRIMARY KEY DEFAULT gen_random_uuid()', false, NULL),
    ('call_logs', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, NULL),
    ('call_logs', 'user_id', 'uuid NOT NULL', false, 'Who called.'),
    ('call_logs', 'call_sid', 'text', false, 'Twilio''s SID of the caller''s leg; NULL until Twilio named it.'),
    ('call_logs', 'dial_call_sid', 'text', false, 'Twilio''s SID of the dialled leg.'),
    ('call_logs', 'status', 'text NOT NULL', false,
      'Twilio''s words: queued, initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled; rejected: refused before it began.'),
    ('call_logs', 'reject_reason', 'text', false, 'Why a rejected call was refused.'),
    ('call_logs', 'phone_number', 'text', false, 'The number called, E.164.'),
    ('call_logs', 'country', 'text', false, 'Where the number is, as the rate deck names it.'),
    ('call_logs', 'iso_country', 'text', false, 'ISO 3166-1 alpha-2.'),
    ('call_logs', 'deck_id', 'bigint', false, 'The rate deck that the call was authorised at.'),
    ('call_logs', 'prefix', 'text', false, 'The deck''s prefix that matched.'),
    ('call_logs', 'rate', 'numeric(18,6)', true, 'Credits a minute, as authorised.'),
    ('call_logs', 'connection_fee', 'numeric(18,6)', true, 'Credits, once, when answered.'),
    ('call_logs', 'minimum_seconds', 'integer', false, 'An answered call is billed for at least so many seconds.'),
    ('call_logs', 'increment_seconds', 'integer', false, 'Beyond the minimum it is billed in whole steps of so many seconds.'),
    ('call_logs', 'max_seconds', 'integer', false, 'The longest call that was authorised, in seconds.'),
    ('call_logs', 'credits_held', 'numeric(18,6) NOT NULL DEFAULT 0', true, 'Credits held while the call is open.'),
    ('call_logs', 'duration_seconds', 'integer', false, 'How long the dialled leg lasted, in seconds.'),
    ('call_logs', 'billed_seconds', 'integer', false, 'The seconds charged: minimum and increments applied, never beyond max_seconds.'),
    ('call_logs', 'duration_minutes', 'numeric(10,2) NOT NULL DEFAULT 0', false, 'Billed minutes: billed_seconds / 60.'),
    ('call_logs', 'credits_used', 'numeric(18,6) NOT NULL DEFAULT 0', true, 'What the call cost the user, in credits.'),
    ('call_logs', 'carrier_cost', 'numeric(18,6)', true, 'What the carrier charged for both legs, in US dollars; NULL until known.'),
    ('call_logs', 'authorized_at', 'timestamptz', false,
      'When pg_worldtune decided on the call. NULL: a row of the earlier application, never touched or billed.'),
    ('call_logs', 'answered_at', 'timestamptz', false, 'When the dialled leg was answered.'),
    ('call_logs', 'ended_at', 'timestamptz', false, 'When it ended; NULL while it is open.'),
    ('call_logs', 'billed_at', 'timestamptz', false, 'When it was charged; NULL when it never was.'),
    ('call_logs', 'credits_refunded', 'numeric(18,6) NOT NULL DEFAULT 0', true, 'What refund_call gave back of credits_used, in credits.'),
    ('call_logs', 'reported_seconds', 'integer[] NOT NULL DEFAULT ''{}''', false, 'The durations that events reported; each is heeded once.'),
    ('call_logs', 'reconciled_at', 'timestamptz', false, 'When the carrier''s own account of the call was taken.'),
    ('call_logs', 'claimed_until', 'timestamptz', false, 'Until when a relay that saw the call overdue takes care of it.'),
    ('call_logs', 'idempotency_key', 'text', false, 'The client''s key of the request that placed the call.'),
    ('call_logs', 'note', 'text', false, 'What went wrong, for people.'),

    ('credit_ledger', 'id', 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY', false, 'In the order of booking.'),
    ('credit_ledger', 'user_id', 'uuid NOT NULL', false, 'Whose balance changed.'),
    ('credit_ledger', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, NULL),
    ('credit_ledger', 'delta', 'numeric(18,6) NOT NULL', true, 'The change, in credits.'),
    ('credit_ledger', 'balance_after', 'numeric(18,6) NOT NULL', true, 'users.credit_balance after it.'),
    ('credit_ledger', 'kind', 'text NOT NULL CHECK (kind IN (''opening'', ''purchase'', ''call'', ''refund'', ''adjustment''))', false,
      'opening, purchase, call, refund or adjustment.'),
    ('credit_ledger', 'call_id', 'uuid', false, 'The call that was charged or refunded: call_logs.id.'),
    ('credit_ledger', 'transaction_id', 'uuid', false, 'The purchase: transactions.id.'),
    ('credit_ledger', 'note', 'text', false, 'Who or why, where no call or purchase explains it.')
$$;
COMMENT ON FUNCTION worldtune.setup_columns() IS 'The columns that the application''s tables must have, in order; money is numeric(18,6) credits.';

CREATE FUNCTION worldtune.setup_indexes()
  RETURNS TABLE (index_name text, definition text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('worldtune_call_sid', 'CREATE UNIQUE INDEX worldtune_call_sid ON public.call_logs (call_sid) WHERE authorized_at IS NOT NULL'),
    ('worldtune_call_key', 'CREATE UNIQUE INDEX worldtune_call_key ON public.call_logs (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL'),
    ('worldtune_call_history', 'CREATE INDEX worldtune_call_history ON public.call_logs (user_id, created_at DESC)'),
    ('worldtune_call_open', 'CREATE INDEX worldtune_call_open ON public.call_logs (authorized_at) WHERE ended_at IS NULL AND authorized_at IS NOT NULL'),
    ('worldtune_payment', 'CREATE UNIQUE INDEX worldtune_payment ON public.transactions (payment_intent_id) WHERE booked_at IS NOT NULL'),
    ('worldtune_payment_intent', 'CREATE INDEX worldtune_payment_intent ON public.transactions (payment_intent_id)'),
    ('worldtune_transaction_history', 'CREATE INDEX worldtune_transaction_history ON public.transactions (user_id, created_at DESC)'),
    ('worldtune_ledger_user', 'CREATE INDEX worldtune_ledger_user ON public.credit_ledger (user_id, id DESC)'),
    ('worldtune_ledger_call', 'CREATE UNIQUE INDEX worldtune_ledger_call ON public.credit_ledger (call_id) WHERE kind = ''call'''),
    ('worldtune_ledger_purchase', 'CREATE UNIQUE INDEX worldtune_ledger_purchase ON public.credit_ledger (transaction_id) WHERE kind = ''purchase''')
$$;
COMMENT ON FUNCTION worldtune.setup_indexes() IS
  'The indexes that the application''s tables must have. Old call_logs and transactions rows hold duplicates, so what is unique is so among our own rows.';

CREATE FUNCTION worldtune.setup_triggers()
  RETURNS TABLE (table_name text, trigger_name text, definition text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('users', 'worldtune_guard',
      'CREATE TRIGGER worldtune_guard BEFORE INSERT OR UPDATE OR DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION worldtune.guard_users()'),
    ('users', 'worldtune_guard_truncate',
      'CREATE TRIGGER worldtune_guard_truncate BEFORE TRUNCATE ON public.users FOR EACH STATEMENT EXECUTE FUNCTION worldtune.guard_users()'),
    ('users', 'worldtune_book',
      'CREATE TRIGGER worldtune_book AFTER INSERT OR DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION worldtune.book_users()'),
    ('users', 'worldtune_book_change',
      'CREATE TRIGGER worldtune_book_change AFTER UPDATE ON public.users FOR EACH ROW'
      ' WHEN (OLD.credit_balance IS DISTINCT FROM NEW.credit_balance) EXECUTE FUNCTION worldtune.book_users()'),
    ('credit_ledger', 'worldtune_append_only',
      'CREATE TRIGGER worldtune_append_only BEFORE UPDATE OR DELETE ON public.credit_ledger FOR EACH ROW EXECUTE FUNCTION worldtune.guard_ledger();'
      ' ALTER TABLE public.credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only'),
    ('credit_ledger', 'worldtune_append_only_truncate',
      'CREATE TRIGGER worldtune_append_only_truncate BEFORE TRUNCATE ON public.credit_ledger FOR EACH STATEMENT EXECUTE FUNCTION worldtune.guard_ledger();'
      ' ALTER TABLE public.credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only_truncate'),
    ('call_logs', 'worldtune_guard',
      'CREATE TRIGGER worldtune_guard BEFORE INSERT OR UPDATE ON public.call_logs FOR EACH ROW EXECUTE FUNCTION worldtune.guard_calls()'),
    ('call_logs', 'worldtune_guard_delete',
      'CREATE TRIGGER worldtune_guard_delete BEFORE DELETE ON public.call_logs FOR EACH ROW'
      ' WHEN (OLD.authorized_at IS NOT NULL AND (OLD.billed_at IS NOT NULL OR OLD.credits_held > 0)) EXECUTE FUNCTION worldtune.guard_calls()'),
    ('call_logs', 'worldtune_guard_truncate',
      'CREATE TRIGGER worldtune_guard_truncate BEFORE TRUNCATE ON public.call_logs FOR EACH STATEMENT EXECUTE FUNCTION worldtune.guard_calls()')
$$;
COMMENT ON FUNCTION worldtune.setup_triggers() IS 'The triggers that keep the books true, on the application''s tables.';

-- Clients see their own rows; of users they write what is not money.
CREATE FUNCTION worldtune.setup_access()
  RETURNS TABLE (table_name text, owner_column text, commands text, client_privileges text, service_privileges text, description text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('users', 'id', 'ALL', 'SELECT, INSERT (id, email, name, avatar_url), UPDATE (email, name, avatar_url)', 'SELECT, INSERT, UPDATE, DELETE',
      'People who call, and what they own. Belongs to the application.'),
    ('transactions', 'user_id', 'SELECT', 'SELECT', 'SELECT, INSERT, UPDATE', 'Credit purchases. Belongs to the application.'),
    ('call_logs', 'user_id', 'SELECT', 'SELECT', 'SELECT, INSERT, UPDATE', 'One row a call, authorised or refused. Belongs to the application.'),
    ('credit_ledger', 'user_id', 'SELECT', 'SELECT', 'SELECT',
      'Append-only: one row for every change of a balance. Belongs to the application; nobody updates or deletes a row.')
$$;
COMMENT ON FUNCTION worldtune.setup_access() IS 'Who may do what with the application''s tables where setup() creates them.';

-- The roles of Supabase's API, for a database that has none, and the relay's own.
CREATE FUNCTION worldtune.setup_roles()
  RETURNS TABLE (role_name text, options text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('anon', 'NOLOGIN NOINHERIT'),
    ('authenticated', 'NOLOGIN NOINHERIT'),
    ('service_role', 'NOLOGIN NOINHERIT BYPASSRLS'),
    ('worldtune_relay', 'LOGIN NOINHERIT')
$$;
COMMENT ON FUNCTION worldtune.setup_roles() IS
  'The roles that are made where they are missing. worldtune_relay gets no password: ALTER ROLE it before the relay connects.';

CREATE FUNCTION worldtune.setup_own_rows_policy(table_name text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('ALTER TABLE public.%1$I ENABLE ROW LEVEL SECURITY;'
    ' CREATE POLICY worldtune_own_rows ON public.%1$I FOR %2$s TO authenticated USING (%3$I = (SELECT worldtune.current_user_id()))%4$s',
    a.table_name, a.commands, a.owner_column,
    CASE WHEN a.commands = 'ALL' THEN format(' WITH CHECK (%I = (SELECT worldtune.current_user_id()))', a.owner_column) ELSE '' END)
  FROM worldtune.setup_access() a WHERE a.table_name = $1
$$;
COMMENT ON FUNCTION worldtune.setup_own_rows_policy(text) IS 'The command that lets users see their own rows of that table and no others.';

CREATE FUNCTION worldtune.setup_plan(close_holes boolean)
  RETURNS TABLE (object text, action text, detail text, command text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY
  SELECT 'role ' || r.role_name,
    CASE WHEN p.oid IS NULL THEN 'create' ELSE 'ok' END,
    r.options,
    CASE WHEN p.oid IS NULL THEN format('CREATE ROLE %I %s', r.role_name, r.options) END
  FROM worldtune.setup_roles() r LEFT JOIN pg_roles p ON p.rolname = r.role_name;

  RETURN QUERY
  SELECT 'privileges of functions', 'ok', 'granted to anon, authenticated, service_role and worldtune_relay', 'SELECT worldtune.apply_grants()';

  -- A missing table is made with its whole specification, a present one gets what it lacks.
  RETURN QUERY
  SELECT 'table public.' || t.table_name, 'create', t.description,
    format('CREATE TABLE public.%I (%s)', t.table_name, string_agg(format('%I %s', c.column_name, c.definition), ', ' ORDER BY c.ordinality))
    || CASE WHEN t.table_name = 'users' AND to_regclass('auth.users') IS NOT NULL
         THEN '; ALTER TABLE public.users ADD FOREIGN KEY (id) REFERENCES auth.users (id)' ELSE '' END
    || format('; REVOKE ALL ON public.%1$I FROM PUBLIC, anon, authenticated, service_role; GRANT %2$s ON public.%1$I TO authenticated;'
         ' GRANT %3$s ON public.%1$I TO service_role; COMMENT ON TABLE public.%1$I IS %4$L; ',
         t.table_name, t.client_privileges, t.service_privileges, t.description)
    || worldtune.setup_own_rows_policy(t.table_name)
  FROM worldtune.setup_access() t
  JOIN ROWS FROM (worldtune.setup_columns()) WITH ORDINALITY AS c(table_name, column_name, definition, money, description, ordinality)
    ON c.table_name = t.table_name
  WHERE to_regclass('public.' || t.table_name) IS NULL
  GROUP BY t.table_name, t.description, t.client_privileges, t.service_privileges
  ORDER BY min(c.ordinality);

  RETURN QUERY
  SELECT format('column public.%s.%s', c.table_name, c.column_name),
    CASE WHEN a.attnum IS NULL THEN 'add' WHEN worldtune.setup_is_narrow(a.atttypid, a.atttypmod, c.money) THEN 'widen' ELSE 'ok' END,
    CASE WHEN a.attnum IS NULL THEN c.definition
      WHEN worldtune.setup_is_narrow(a.atttypid, a.atttypmod, c.money) THEN format('%s becomes numeric(18,6)', format_type(a.atttypid, a.atttypmod))
      ELSE format_type(a.atttypid, a.atttypmod) END,
    CASE WHEN a.attnum IS NULL THEN format('ALTER TABLE public.%I ADD COLUMN %I %s', c.table_name, c.column_name, c.definition)
      WHEN worldtune.setup_is_narrow(a.atttypid, a.atttypmod, c.money)
      THEN format('ALTER TABLE public.%I ALTER COLUMN %I TYPE numeric(18,6)', c.table_name, c.column_name) END
  FROM worldtune.setup_columns() c
  JOIN pg_class t ON t.oid = to_regclass('public.' || c.table_name)
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = c.column_name AND NOT a.attisdropped;

  RETURN QUERY
  SELECT format('column public.%s.%s', c.table_name, c.column_name), 'alter', c.detail, c.command
  FROM (VALUES
    ('users', 'credit_balance', true, 'NULL becomes 0, which it meant',
      'UPDATE public.users SET credit_balance = 0 WHERE credit_balance IS NULL;'
      ' ALTER TABLE public.users ALTER COLUMN credit_balance SET DEFAULT 0, ALTER COLUMN credit_balance SET NOT NULL'),
    ('call_logs', 'call_sid', false, 'may be NULL until the carrier names the call',
      'ALTER TABLE public.call_logs ALTER COLUMN call_sid DROP NOT NULL')
  ) AS c(table_name, column_name, not_null, detail, command)
  JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || c.table_name) AND a.attname = c.column_name AND a.attnotnull <> c.not_null;

  RETURN QUERY
  SELECT 'index public.' || i.index_name,
    CASE WHEN to_regclass('public.' || i.index_name) IS NULL THEN 'create' ELSE 'ok' END,
    i.definition,
    CASE WHEN to_regclass('public.' || i.index_name) IS NULL THEN i.definition END
  FROM worldtune.setup_indexes() i;

  RETURN QUERY
  SELECT 'comments', 'ok', 'units and meanings of our columns',
    string_agg(format('COMMENT ON COLUMN public.%I.%I IS %L', c.table_name, c.column_name, c.description), '; ')
  FROM worldtune.setup_columns() c WHERE c.description IS NOT NULL;

  -- Once, together with the settings: what the operator takes off the list stays off it.
  RETURN QUERY
  SELECT 'worldtune.destination_blocks', CASE WHEN EXISTS (SELECT FROM worldtune.settings) THEN 'ok' ELSE 'create' END, 'the list that ships, for the operator to edit',
    CASE WHEN NOT EXISTS (SELECT FROM worldtune.settings) THEN
      'INSERT INTO worldtune.destination_blocks (prefix, reason) SELECT b.prefix, b.reason FROM worldtune.default_destination_blocks() b ON CONFLICT DO NOTHING' END;

  RETURN QUERY
  SELECT 'worldtune.settings', CASE WHEN EXISTS (SELECT FROM worldtune.settings) THEN 'ok' ELSE 'create' END, 'the one row',
    'INSERT INTO worldtune.settings DEFAULT VALUES ON CONFLICT DO NOTHING';

  -- Before the triggers stand, whatever the ledger does not explain is booked: today's balances at first, later what changed without them.
  RETURN QUERY
  SELECT 'ledger', CASE WHEN b.booked THEN 'ok' ELSE 'book' END,
    CASE WHEN b.booked THEN 'every change is booked by triggers' ELSE 'opening rows equal to today''s balances' END,
    CASE WHEN NOT b.booked THEN
      'INSERT INTO public.credit_ledger (user_id, delta, balance_after, kind, note)'
      ' SELECT u.id, u.credit_balance - coalesce(l.total, 0), u.credit_balance, CASE WHEN l.total IS NULL THEN ''opening'' ELSE ''adjustment'' END,'
      ' ''found by setup()'' FROM public.users u'
      ' LEFT JOIN (SELECT user_id, sum(delta) AS total FROM public.credit_ledger GROUP BY user_id) l ON l.user_id = u.id'
      ' WHERE u.credit_balance <> coalesce(l.total, 0)' END
  FROM (SELECT count(*) = 2 AS booked FROM pg_trigger
        WHERE tgrelid = to_regclass('public.users') AND tgname IN ('worldtune_book', 'worldtune_book_change')) b;

  RETURN QUERY
  SELECT format('trigger %s on public.%s', t.trigger_name, t.table_name),
    CASE WHEN g.oid IS NULL THEN 'create' ELSE 'ok' END,
    t.definition,
    CASE WHEN g.oid IS NULL THEN t.definition END
  FROM worldtune.setup_triggers() t
  LEFT JOIN pg_trigger g ON g.tgrelid = to_regclass('public.' || t.table_name) AND g.tgname = t.trigger_name;

  -- The hole that is always closed: a user who may write the own balance.
  RETURN QUERY
  SELECT format('%s on public.users by %s', p.privilege, r.role_name), 'close', 'credit_balance is no longer the user''s to write',
    format('REVOKE %1$s ON public.users FROM PUBLIC, %2$I; GRANT %1$s (%3$s) ON public.users TO %2$I', p.privilege, r.role_name,
      (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
       WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('credit_balance', 'credit_held')))
  FROM pg_class t
  CROSS JOIN (VALUES ('INSERT'), ('UPDATE')) AS p(privilege)
  CROSS JOIN (VALUES ('anon'), ('authenticated')) AS r(role_name)
  JOIN pg_roles ON rolname = r.role_name
  WHERE t.oid = to_regclass('public.users')
    AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = t.oid AND attname = 'credit_balance' AND NOT attisdropped
                AND has_column_privilege(r.role_name, t.oid, attname, p.privilege))
  ORDER BY 1;

  -- The holes that are closed when asked for.
  RETURN QUERY
  SELECT h.object, CASE WHEN close_holes THEN 'close' ELSE 'review' END, h.detail, CASE WHEN close_holes THEN h.command END
  FROM worldtune.setup_holes() h;

  RETURN QUERY
  SELECT 'function ' || p.oid::regprocedure, 'review', 'runs as its owner, names credit_balance, and anon or authenticated may execute it', NULL::text
  FROM pg_proc p
  WHERE p.prosecdef AND p.prosrc ILIKE '%credit\_balance%'
    AND EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated') AND has_function_privilege(oid, p.oid, 'EXECUTE'));
END
$$;
COMMENT ON FUNCTION worldtune.setup_plan(boolean) IS 'What setup() would look at and do: one row each, command is NULL where there is nothing to do.';

CREATE FUNCTION worldtune.setup_is_narrow(type oid, modifier integer, money boolean) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- numeric(p,s) keeps (p << 16 | s) + 4; an unconstrained numeric (-1) holds everything already.
  SELECT money AND type = 'numeric'::regtype AND modifier <> -1 AND ((modifier - 4) & 65535 < 6 OR ((modifier - 4) >> 16) - ((modifier - 4) & 65535) < 12)
$$;
COMMENT ON FUNCTION worldtune.setup_is_narrow(oid, integer, boolean) IS 'Whether a money column has fewer than six decimals or fewer than twelve digits before them.';

CREATE FUNCTION worldtune.setup_holes()
  RETURNS TABLE (object text, detail text, command text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  WITH clients AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated')),
  tables AS (
    SELECT c.oid, a.table_name, c.relrowsecurity FROM worldtune.setup_access() a JOIN pg_class c ON c.oid = to_regclass('public.' || a.table_name)
  )
  SELECT 'table public.' || t.table_name, 'without row-level security clients read and write every row',
    worldtune.setup_own_rows_policy(t.table_name)
  FROM tables t
  WHERE NOT t.relrowsecurity AND EXISTS (SELECT FROM clients r WHERE has_any_column_privilege(r.oid, t.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(r.oid, t.oid, 'DELETE'))
UNION ALL
  SELECT format('policy "%s" on public.%s', p.polname, t.table_name), h.detail, format('DROP POLICY %I ON public.%I', p.polname, t.table_name)
    || CASE WHEN h.reads AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = t.oid AND o.polname = 'worldtune_own_rows')
         THEN '; ' || worldtune.setup_own_rows_policy(t.table_name) ELSE '' END
  FROM tables t
  JOIN pg_policy p ON p.polrelid = t.oid AND p.polpermissive AND p.polname <> 'worldtune_own_rows'
  CROSS JOIN LATERAL (VALUES
    (p.polcmd IN ('r', '*') AND pg_get_expr(p.polqual, p.polrelid) !~ '(uid\(\)|current_user_id\(\)|jwt)', true, 'lets users read other users'' rows'),
    (t.table_name = 'transactions' AND p.polcmd <> 'r', p.polcmd = '*', 'lets users insert or change their own transactions')
  ) AS h(applies, reads, detail)
  WHERE h.applies AND (p.polroles = '{0}' OR EXISTS (SELECT FROM clients r WHERE r.oid = ANY (p.polroles)))
$$;
COMMENT ON FUNCTION worldtune.setup_holes() IS
  'Policies that let users read other users'' rows or write their own transactions, and tables of ours without row-level security; command closes it.';

CREATE FUNCTION worldtune.setup(dry_run boolean DEFAULT false, close_holes boolean DEFAULT false)
  RETURNS SETOF worldtune.setup_step
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step record;
BEGIN
  IF EXISTS (SELECT FROM worldtune.setup_access() a JOIN pg_class c ON c.oid = to_regclass('public.' || a.table_name)
             WHERE NOT pg_has_role(c.relowner, 'USAGE')) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'setup() must be run by the owner of the application''s tables or a superuser';
  END IF;
  IF NOT dry_run THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('worldtune.setup', 0));
    IF to_regclass('public.users') IS NOT NULL THEN
      LOCK TABLE public.users IN SHARE ROW EXCLUSIVE MODE;
    END IF;
  END IF;

  FOR step IN SELECT * FROM worldtune.setup_plan(close_holes) LOOP
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
