-- What there should be: the application's tables, columns, indexes, triggers, access and roles, each fact once. setup.sql compares it with the catalog.

CREATE FUNCTION worldtune_internal.setup_columns()
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
    ('call_logs', 'caller_id', 'text', false, 'The number that the call shows, E.164; NULL for none. Decks may price by it.'),
    ('call_logs', 'price_source', 'text', false, 'Who priced it: deck, or override (the operator''s own price for the prefix, rate_overrides).'),
    ('call_logs', 'deck_id', 'bigint', false, 'The rate deck in force that has a row for the number.'),
    ('call_logs', 'prefix', 'text', false, 'The prefix that priced it: the override''s, else that of the deck''s row.'),
    ('call_logs', 'origination', 'text', false, 'The caller ID''s prefix that picked the deck''s row; NULL where it is for any.'),
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
    ('call_logs', 'authorized_at', 'timestamptz', false,
      'When pg_worldtune decided on the call. NULL: a row of the earlier application, never touched or billed.'),
    ('call_logs', 'answered_at', 'timestamptz', false, 'When the dialled leg was answered.'),
    ('call_logs', 'ended_at', 'timestamptz', false, 'When it ended; NULL while it is open.'),
    ('call_logs', 'billed_at', 'timestamptz', false, 'When it was charged; NULL when it never was.'),
    ('call_logs', 'credits_refunded', 'numeric(18,6) NOT NULL DEFAULT 0', true, 'What refund_call gave back of credits_used, in credits.'),
    ('call_logs', 'reported_seconds', 'integer[] NOT NULL DEFAULT ''{}''', false, 'The durations that events reported; each is heeded once.'),
    ('call_logs', 'reconciled_at', 'timestamptz', false, 'When the carrier''s own account of the call was taken.'),
    ('call_logs', 'idempotency_key', 'text', false, 'The client''s key of the request that placed the call.'),
    ('call_logs', 'note', 'text', false, 'What went wrong, for people.'),

    ('credit_ledger', 'id', 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY', false, 'In the order of booking.'),
    ('credit_ledger', 'user_id', 'uuid NOT NULL', false, 'Whose balance changed.'),
    ('credit_ledger', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, NULL),
    ('credit_ledger', 'delta', 'numeric(18,6) NOT NULL', true, 'The change, in credits.'),
    ('credit_ledger', 'balance_after', 'numeric(18,6) NOT NULL', true, 'users.credit_balance after it.'),
    ('credit_ledger', 'kind', 'text NOT NULL', false,
      'opening, purchase, call, refund, adjustment or chargeback.'),
    ('credit_ledger', 'call_id', 'uuid', false, 'The call that was charged or refunded: call_logs.id.'),
    ('credit_ledger', 'transaction_id', 'uuid', false, 'The purchase: transactions.id.'),
    ('credit_ledger', 'note', 'text', false, 'What happened, in words for the user, where no call or purchase explains it.')
$$;
COMMENT ON FUNCTION worldtune_internal.setup_columns() IS 'The columns that the application''s tables must have, in order; money is numeric(18,6) credits.';

CREATE FUNCTION worldtune_internal.setup_indexes()
  RETURNS TABLE (index_name text, definition text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('worldtune_call_sid', 'CREATE UNIQUE INDEX worldtune_call_sid ON public.call_logs (call_sid) WHERE authorized_at IS NOT NULL'),
    ('worldtune_call_key', 'CREATE UNIQUE INDEX worldtune_call_key ON public.call_logs (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL'),
    ('worldtune_call_history', 'CREATE INDEX worldtune_call_history ON public.call_logs (user_id, created_at DESC)'),
    ('worldtune_payment', 'CREATE UNIQUE INDEX worldtune_payment ON public.transactions (payment_intent_id) WHERE booked_at IS NOT NULL'),
    ('worldtune_payment_intent', 'CREATE INDEX worldtune_payment_intent ON public.transactions (payment_intent_id)'),
    ('worldtune_transaction_history', 'CREATE INDEX worldtune_transaction_history ON public.transactions (user_id, created_at DESC)'),
    ('worldtune_ledger_user', 'CREATE INDEX worldtune_ledger_user ON public.credit_ledger (user_id, id DESC)'),
    ('worldtune_ledger_call', 'CREATE UNIQUE INDEX worldtune_ledger_call ON public.credit_ledger (call_id) WHERE kind = ''call'''),
    ('worldtune_ledger_corrections', 'CREATE INDEX worldtune_ledger_corrections ON public.credit_ledger (call_id) WHERE call_id IS NOT NULL AND kind <> ''call'''),
    ('worldtune_ledger_purchase', 'CREATE UNIQUE INDEX worldtune_ledger_purchase ON public.credit_ledger (transaction_id) WHERE kind = ''purchase''')
$$;
COMMENT ON FUNCTION worldtune_internal.setup_indexes() IS
  'The indexes that the application''s tables must have. Old call_logs and transactions rows hold duplicates, so what is unique is so among our own rows.';

CREATE FUNCTION worldtune_internal.setup_triggers()
  RETURNS TABLE (table_name text, trigger_name text, definition text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('public.users', 'worldtune_guard',
      'CREATE TRIGGER worldtune_guard BEFORE INSERT OR UPDATE OR DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_users()'),
    ('public.users', 'worldtune_guard_truncate',
      'CREATE TRIGGER worldtune_guard_truncate BEFORE TRUNCATE ON public.users FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_users()'),
    -- Named to come before the application's triggers: what those change in turn is booked after it.
    ('public.users', '00_worldtune_book',
      'CREATE TRIGGER "00_worldtune_book" AFTER INSERT OR UPDATE OR DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION worldtune_internal.book_users()'),
    ('public.transactions', 'worldtune_guard',
      'CREATE TRIGGER worldtune_guard BEFORE INSERT OR UPDATE OR DELETE ON public.transactions FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_transactions()'),
    ('public.transactions', 'worldtune_guard_truncate',
      'CREATE TRIGGER worldtune_guard_truncate BEFORE TRUNCATE ON public.transactions FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_transactions()'),
    ('public.credit_ledger', 'worldtune_append_only',
      'CREATE TRIGGER worldtune_append_only BEFORE INSERT OR UPDATE OR DELETE ON public.credit_ledger FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_ledger();'
      ' ALTER TABLE public.credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only'),
    ('public.credit_ledger', 'worldtune_append_only_truncate',
      'CREATE TRIGGER worldtune_append_only_truncate BEFORE TRUNCATE ON public.credit_ledger FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_ledger();'
      ' ALTER TABLE public.credit_ledger ENABLE ALWAYS TRIGGER worldtune_append_only_truncate'),
    ('public.call_logs', 'worldtune_guard',
      'CREATE TRIGGER worldtune_guard BEFORE INSERT OR UPDATE OR DELETE ON public.call_logs FOR EACH ROW EXECUTE FUNCTION worldtune_internal.guard_calls()'),
    ('public.call_logs', 'worldtune_guard_truncate',
      'CREATE TRIGGER worldtune_guard_truncate BEFORE TRUNCATE ON public.call_logs FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_calls()')
$$;
COMMENT ON FUNCTION worldtune_internal.setup_triggers() IS 'The triggers that keep the books true. They go with the extension''s functions, so that a table that stayed gets them again.';

-- Clients see their own rows; of users they write what is not money.
CREATE FUNCTION worldtune_internal.setup_access()
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
COMMENT ON FUNCTION worldtune_internal.setup_access() IS 'Who may do what with the application''s tables where setup() creates them.';

-- The roles of Supabase's API, for a database that has none, and the relay's own.
CREATE FUNCTION worldtune_internal.setup_roles()
  RETURNS TABLE (role_name text, options text)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('anon', 'NOLOGIN NOINHERIT'),
    ('authenticated', 'NOLOGIN NOINHERIT'),
    ('service_role', 'NOLOGIN NOINHERIT BYPASSRLS'),
    ('worldtune_relay', 'LOGIN NOINHERIT')
$$;
COMMENT ON FUNCTION worldtune_internal.setup_roles() IS
  'The roles that are made where they are missing. worldtune_relay gets no password: ALTER ROLE it before the relay connects.';

CREATE FUNCTION worldtune_internal.setup_own_rows_policy(table_name text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('ALTER TABLE public.%1$I ENABLE ROW LEVEL SECURITY;'
    ' CREATE POLICY worldtune_own_rows ON public.%1$I FOR %2$s TO authenticated USING (%3$I = (SELECT worldtune.current_user_id()))%4$s',
    a.table_name, a.commands, a.owner_column,
    CASE WHEN a.commands = 'ALL' THEN format(' WITH CHECK (%I = (SELECT worldtune.current_user_id()))', a.owner_column) ELSE '' END)
  FROM worldtune_internal.setup_access() a WHERE a.table_name = $1
$$;
COMMENT ON FUNCTION worldtune_internal.setup_own_rows_policy(text) IS 'The command that lets users see their own rows of that table and no others.';
