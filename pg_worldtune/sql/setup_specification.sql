-- What there should be: tables, columns, indexes, triggers, access and roles, each fact once. setup() brings the database to it, audit() tells what differs.

CREATE FUNCTION worldtune_internal.setup_columns()
  RETURNS TABLE (table_name text, column_name text, definition text, money boolean, description text)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  VALUES
    ('users', 'id', 'uuid PRIMARY KEY DEFAULT gen_random_uuid()', false, 'The user, as in auth.users.'),
    ('users', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, 'When the row was made.'),
    ('users', 'email', 'text', false, 'The user''s address; the application''s own.'),
    ('users', 'name', 'text', false, 'What the user is called; the application''s own.'),
    ('users', 'avatar_url', 'text', false, 'The user''s picture; the application''s own.'),
    ('users', 'credit_balance', 'numeric(18,6) NOT NULL DEFAULT 0', true,
      'What the user owns, in credits (1 credit = 1 US dollar). May go below zero, is never cut to zero. Every change is booked in credit_ledger.'),

    ('transactions', 'id', 'uuid PRIMARY KEY DEFAULT gen_random_uuid()', false, 'The payment.'),
    ('transactions', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, 'When the row was made.'),
    ('transactions', 'user_id', 'uuid NOT NULL', false, 'The buyer.'),
    ('transactions', 'amount', 'numeric(18,6) NOT NULL CHECK (amount > 0)', true, 'What was paid, in US dollars.'),
    ('transactions', 'credits_added', 'numeric(18,6) NOT NULL CHECK (credits_added > 0)', true, 'Credits bought.'),
    ('transactions', 'payment_intent_id', 'text NOT NULL', false, 'The payment provider''s id; adds credit at most once.'),
    ('transactions', 'status', 'text', false, 'completed once the credit is booked, reversed once reverse_purchase took it back.'),
    ('transactions', 'booked_at', 'timestamptz', false,
      'When add_credits booked it. NULL: a row of the application''s own, credited before or not at all.'),

    ('call_logs', 'id', 'uuid PRIMARY KEY DEFAULT gen_random_uuid()', false, 'The call.'),
    ('call_logs', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, 'When the row was made.'),
    ('call_logs', 'user_id', 'uuid NOT NULL', false, 'Who called.'),
    ('call_logs', 'call_sid', 'text', false, 'Twilio''s SID of the caller''s leg; NULL until Twilio named it.'),
    ('call_logs', 'dial_call_sid', 'text', false, 'Twilio''s SID of the dialled leg.'),
    ('call_logs', 'status', 'text NOT NULL', false,
      'Twilio''s words: queued, initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled; rejected: refused before it began.'),
    ('call_logs', 'reject_reason', 'text', false, 'Why a rejected call was refused.'),
    ('call_logs', 'attempts', 'integer NOT NULL DEFAULT 1', false,
      'How often it was asked for: refusals that say the same within an hour share a row, and of many refusals the newest row counts the rest. ended_at is then the last one''s.'),
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
    ('call_logs', 'note', 'text', false, 'What went wrong, for people; of a blocked destination which rule blocks it, of insufficient credit what was available and needed.'),

    ('credit_ledger', 'id', 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY', false, 'In the order of booking.'),
    ('credit_ledger', 'user_id', 'uuid NOT NULL', false, 'Whose balance changed.'),
    ('credit_ledger', 'created_at', 'timestamptz NOT NULL DEFAULT now()', false, 'When the row was made.'),
    ('credit_ledger', 'delta', 'numeric(18,6) NOT NULL', true, 'The change, in credits.'),
    ('credit_ledger', 'balance_after', 'numeric(18,6) NOT NULL', true, 'users.credit_balance after it.'),
    ('credit_ledger', 'kind', 'text NOT NULL', false,
      'opening, purchase, call, refund, adjustment or chargeback.'),
    ('credit_ledger', 'call_id', 'uuid', false, 'The call that was charged or refunded: call_logs.id.'),
    ('credit_ledger', 'transaction_id', 'uuid', false, 'The purchase or charge-back: transactions.id.'),
    ('credit_ledger', 'note', 'text', false, 'What happened, in words for the user, where no call or purchase explains it.'),

    ('ledger_details', 'entry_id', 'bigint PRIMARY KEY', false, 'credit_ledger.id.'),
    ('ledger_details', 'user_id', 'uuid NOT NULL', false, 'Whose balance changed.'),
    ('ledger_details', 'role', 'text NOT NULL', false, 'The role that asked: service_role, say.'),
    ('ledger_details', 'session_role', 'text NOT NULL', false, 'The role that was logged in.'),
    ('ledger_details', 'jwt_subject', 'uuid', false, 'The signed-in user of the request, from its JWT.'),
    ('ledger_details', 'remark', 'text', false, 'The back office''s reason, which the user does not see.'),
    ('ledger_details', 'idempotency_key', 'text', false, 'The key of the request, unique for the user.'),

    ('carrier_charges', 'call_id', 'uuid NOT NULL', false, 'The call: call_logs.id.'),
    ('carrier_charges', 'item', 'text NOT NULL CHECK (item = ANY (ARRAY[''caller_leg''::text, ''dialled_leg''::text, ''both_legs''::text, ''recording''::text, ''transcription''::text]))', false,
      'What was charged: caller_leg, dialled_leg, both_legs (in one figure), recording or transcription.'),
    ('carrier_charges', 'sid', 'text NOT NULL', false, 'Twilio''s SID of the leg, recording or transcription; of both legs that of the caller''s. Empty where none is known.'),
    ('carrier_charges', 'amount', 'numeric(18,6) NOT NULL', true, 'What it costs the operator, in US dollars.'),
    ('carrier_charges', 'estimated', 'boolean NOT NULL DEFAULT false', false, 'Whether the carrier told no price, so that a setting stands in for it.'),
    ('carrier_charges', 'reported_at', 'timestamptz NOT NULL DEFAULT now()', false, 'When the carrier told it.');
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_columns() IS 'The columns that the tables must have, in order; money is numeric(18,6).';

-- The application's tables in the order in which they are locked, as calls lock them, users last; before them those of ours that explain bills and so
-- outlive DROP EXTENSION, which belong to worldtune_keeper. own_rows: what signed-in users may do with the rows that owner_column says are theirs;
-- client_columns: those that the application may let its users write; legacy: which rows were there before us.
CREATE FUNCTION worldtune_internal.setup_tables()
  RETURNS TABLE (table_name text, schema_name text, owner_column text, own_rows text[], client_columns text[], legacy text, description text)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  VALUES
    ('ledger_details', 'worldtune', NULL, '{}'::text[], '{}'::text[], NULL,
      'Who made a row of credit_ledger, and why; all rows but the charges of calls. Append-only. Outlives the extension.'),
    ('carrier_charges', 'worldtune', NULL, '{}', '{}', NULL,
      'What the carrier charged the operator for a call, by leg, recording and transcription. Outlives the extension.'),
    ('transactions', 'public', 'user_id', '{SELECT}', '{id,created_at,user_id,amount,credits_added,payment_intent_id,status}',
      'booked_at IS NULL', 'Credit purchases. Belongs to the application.'),
    ('credit_ledger', 'public', 'user_id', '{SELECT}', '{}', NULL,
      'Append-only: one row for every change of a balance. Belongs to the application; nobody updates or deletes a row.'),
    ('call_logs', 'public', 'user_id', '{SELECT}', '{id,created_at,user_id,duration_minutes,credits_used,call_sid,status,phone_number,country,rate}',
      'authorized_at IS NULL', 'One row a call, authorised or refused. Belongs to the application.'),
    ('users', 'public', 'id', '{SELECT,INSERT,UPDATE}', '{id,created_at,email,name,avatar_url}', NULL,
      'People who call, and what they own. Belongs to the application.');
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_tables() IS 'The tables that there must be, in the order of locking.';

CREATE FUNCTION worldtune_internal.setup_privileges()
  RETURNS TABLE (table_name text, role_name text, privileges text[], columns text[])
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  VALUES
    ('users', 'authenticated', '{SELECT}'::text[], NULL::text[]),
    ('users', 'authenticated', '{INSERT}', '{id,email,name,avatar_url}'),
    ('users', 'authenticated', '{UPDATE}', '{email,name,avatar_url}'),
    ('users', 'service_role', '{SELECT,INSERT,UPDATE,DELETE}', NULL),
    ('transactions', 'authenticated', '{SELECT}', NULL),
    ('transactions', 'service_role', '{SELECT,INSERT,UPDATE}', NULL),
    ('call_logs', 'authenticated', '{SELECT}', NULL),
    ('call_logs', 'service_role', '{SELECT,INSERT,UPDATE}', NULL),
    ('credit_ledger', 'authenticated', '{SELECT}', NULL),
    ('credit_ledger', 'service_role', '{SELECT}', NULL),
    ('ledger_details', 'service_role', '{SELECT}', NULL),
    ('carrier_charges', 'service_role', '{SELECT}', NULL),
    ('ledger_details', 'worldtune_definer', '{SELECT}', NULL),
    ('carrier_charges', 'worldtune_definer', '{SELECT,INSERT,UPDATE,DELETE}', NULL),
    -- Whoever dumps the database.
    ('ledger_details', 'pg_database_owner', '{SELECT}', NULL),
    ('carrier_charges', 'pg_database_owner', '{SELECT}', NULL)
UNION ALL
  -- The extension's functions read; what they write they write as the table's owner.
  SELECT t.table_name, 'worldtune_definer', '{SELECT}', NULL FROM worldtune_internal.setup_tables() t WHERE t.schema_name = 'public';
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_privileges() IS
  'What roles may do with the tables. Other grants that are found stay until close_holes, but for writes to columns of ours and DELETE, TRUNCATE, TRIGGER, REFERENCES by clients.';

-- Written as pg_get_indexdef() answers. Old rows of call_logs and transactions hold duplicates, so what is unique is so among our own rows.
CREATE FUNCTION worldtune_internal.setup_indexes()
  RETURNS TABLE (table_name text, index_name text, definition text)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  VALUES
    ('call_logs', 'worldtune_call_sid',
      'CREATE UNIQUE INDEX worldtune_call_sid ON public.call_logs USING btree (call_sid) WHERE (authorized_at IS NOT NULL)'),
    ('call_logs', 'worldtune_call_key',
      'CREATE UNIQUE INDEX worldtune_call_key ON public.call_logs USING btree (user_id, idempotency_key) WHERE (idempotency_key IS NOT NULL)'),
    ('call_logs', 'worldtune_call_history', 'CREATE INDEX worldtune_call_history ON public.call_logs USING btree (user_id, created_at DESC)'),
    ('transactions', 'worldtune_payment',
      'CREATE UNIQUE INDEX worldtune_payment ON public.transactions USING btree (payment_intent_id) WHERE (booked_at IS NOT NULL)'),
    ('transactions', 'worldtune_payment_intent', 'CREATE INDEX worldtune_payment_intent ON public.transactions USING btree (payment_intent_id)'),
    ('transactions', 'worldtune_transaction_history',
      'CREATE INDEX worldtune_transaction_history ON public.transactions USING btree (user_id, created_at DESC)'),
    ('credit_ledger', 'worldtune_ledger_user', 'CREATE INDEX worldtune_ledger_user ON public.credit_ledger USING btree (user_id, id DESC)'),
    ('credit_ledger', 'worldtune_ledger_call',
      'CREATE UNIQUE INDEX worldtune_ledger_call ON public.credit_ledger USING btree (call_id) WHERE (kind = ''call''::text)'),
    ('credit_ledger', 'worldtune_ledger_corrections',
      'CREATE INDEX worldtune_ledger_corrections ON public.credit_ledger USING btree (call_id) WHERE ((call_id IS NOT NULL) AND (kind <> ''call''::text))'),
    ('credit_ledger', 'worldtune_ledger_payment',
      'CREATE UNIQUE INDEX worldtune_ledger_payment ON public.credit_ledger USING btree (transaction_id, kind) WHERE (transaction_id IS NOT NULL)'),
    ('ledger_details', 'ledger_details_key',
      'CREATE UNIQUE INDEX ledger_details_key ON worldtune.ledger_details USING btree (user_id, idempotency_key) WHERE (idempotency_key IS NOT NULL)'),
    ('carrier_charges', 'carrier_charges_item',
      'CREATE UNIQUE INDEX carrier_charges_item ON worldtune.carrier_charges USING btree (call_id, item, sid)');
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_indexes() IS 'The indexes that the tables must have.';

-- Written as pg_get_triggerdef() answers; NULL for those of the extension's own tables, which its script makes. enabled is pg_trigger.tgenabled: O in
-- ordinary sessions, R in those that replicate, A in both.
CREATE FUNCTION worldtune_internal.setup_triggers()
  RETURNS TABLE (table_name text, trigger_name text, enabled "char", definition text)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT g.table_name, v.trigger_name, g.enabled, format('CREATE TRIGGER %I BEFORE %s ON %I.%I FOR EACH %s EXECUTE FUNCTION worldtune_internal.%I()',
    v.trigger_name, v.events, t.schema_name, t.table_name, v.level, g.function_name)
  FROM (VALUES
    -- Named to come after the application's triggers: what they make of a row is looked at.
    ('users', 'guard_users', '~worldtune_guard', 'O'::"char"),
    ('transactions', 'guard_transactions', '~worldtune_guard', 'O'),
    ('call_logs', 'guard_calls', '~worldtune_guard', 'O'),
    ('credit_ledger', 'guard_ledger', 'worldtune_append_only', 'A'),
    ('ledger_details', 'guard_ledger', 'worldtune_append_only', 'A')
  ) AS g(table_name, function_name, trigger_name, enabled)
  JOIN worldtune_internal.setup_tables() t USING (table_name)
  CROSS JOIN LATERAL (VALUES
    (g.trigger_name, 'INSERT OR DELETE OR UPDATE', 'ROW'),
    (g.trigger_name || '_truncate', 'TRUNCATE', 'STATEMENT')
  ) AS v(trigger_name, events, level)
UNION ALL
  -- Named to come before the application's triggers: what those change in turn is booked after it.
  SELECT 'users', '00_worldtune_book', 'O',
    'CREATE TRIGGER "00_worldtune_book" AFTER INSERT OR DELETE OR UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION worldtune_internal.book_users()'
UNION ALL
  SELECT o.table_name, v.trigger_name, s.enabled, NULL
  FROM (VALUES
    ('{guard_settings}'::text[], 'O'::"char", '{settings}'::text[]),
    ('{require_limited_user}', 'O', '{user_limits}'),
    ('{guard_decks,guard_decks_truncate}', 'O', '{rate_decks}'),
    ('{guard_activations,guard_activations_truncate}', 'O', '{deck_activations}'),
    ('{compile_decks}', 'O', '{rate_decks,deck_activations}'),
    ('{revise_inserted,revise_updated,revise_outdated,revise_deleted,revise_truncated}', 'A', '{rates}'),
    ('{signal_rate_change}', 'A', '{rate_decks,rates,calling_codes,deck_activations,rate_overrides,destination_blocks}'),
    ('{signal_replicated_change}', 'R', '{rate_decks,rates,calling_codes,deck_activations,rate_overrides,destination_blocks}'),
    ('{keep_history,keep_history_truncate}', 'O', '{settings,user_limits,rate_overrides,destination_blocks}'),
    ('{guard_history,guard_history_truncate}', 'A', '{settings_history,user_limits_history,rate_overrides_history,destination_blocks_history}')
  ) AS s(trigger_names, enabled, table_names)
  CROSS JOIN LATERAL unnest(s.table_names) o(table_name)
  CROSS JOIN LATERAL unnest(s.trigger_names) v(trigger_name);
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_triggers() IS 'The triggers that keep the books true.';

-- What an earlier state of this extension added. The comment tells it from a column of the application's with that name.
CREATE FUNCTION worldtune_internal.setup_retired_columns()
  RETURNS TABLE (table_name text, column_name text, description text, detail text, before text)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  VALUES
    ('call_logs', 'claimed_until', 'Until when a relay that saw the call overdue takes care of it.', 'what is open stands in holds now', ''),
    ('call_logs', 'carrier_cost', 'What the carrier charged for both legs, in US dollars; NULL until known.', 'moves to worldtune.carrier_charges',
      'GRANT SELECT ON public.call_logs TO worldtune_definer; SELECT worldtune_internal.move_carrier_costs(); '),
    ('users', 'credit_held', 'Credits held for this user''s calls in progress: the sum of call_logs.credits_held. Written by pg_worldtune alone.',
      'what is open stands in holds now', '');
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_retired_columns() IS 'Columns that are ours no longer, and what becomes of what they hold.';

-- The roles of Supabase's API, for a database that has none, and the relay's own.
CREATE FUNCTION worldtune_internal.setup_roles()
  RETURNS TABLE (role_name text, options text)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  VALUES
    ('anon', 'NOLOGIN NOINHERIT'),
    ('authenticated', 'NOLOGIN NOINHERIT'),
    ('service_role', 'NOLOGIN NOINHERIT BYPASSRLS'),
    ('worldtune_relay', 'LOGIN NOINHERIT');
END
$$;
COMMENT ON FUNCTION worldtune_internal.setup_roles() IS
  'The roles that are made where they are missing. worldtune_relay gets no password: ALTER ROLE it before the relay connects.';
