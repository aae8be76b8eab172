-- What the functions answer. Named composite types, so that an argument and a column may share a name.

CREATE TYPE worldtune.credit_check AS (
  allowed boolean,
  reason text,
  balance numeric,
  held numeric,
  available numeric,
  rate numeric,
  required numeric,
  max_seconds integer,
  low_balance boolean,
  country text,
  iso_country text
);
COMMENT ON TYPE worldtune.credit_check IS
  'Whether a user can pay for a call. reason is NULL when allowed, else what authorize_call would refuse with. available = balance - held; required is the price of the asked minutes; max_seconds is what available pays for; low_balance: available is below settings.low_balance.';

CREATE TYPE worldtune.account AS (
  balance numeric,
  held numeric,
  available numeric,
  low_balance boolean
);
COMMENT ON TYPE worldtune.account IS
  'A user''s money in credits: owned, held for calls in progress, free to spend (balance - held), and whether that is below settings.low_balance.';

CREATE TYPE worldtune.call_authorization AS (
  call_id uuid,
  allowed boolean,
  reason text,
  country text,
  iso_country text,
  rate numeric,
  max_seconds integer,
  balance numeric,
  available numeric,
  low_balance boolean
);
COMMENT ON TYPE worldtune.call_authorization IS
  'The answer to a request for a call. Allowed: max_seconds are held for it. Refused: reason is one of unknown_user, suspended, destination_blocked, no_rate, too_many_calls, too_many_destinations, spend_limit, insufficient_credit, and nothing is held. available is what is left beside all holds; low_balance: it was below settings.low_balance before this call''s own hold. call_id is NULL for an unknown user.';

CREATE TYPE worldtune.placed_call AS (
  call_id uuid,
  allowed boolean,
  reason text,
  country text,
  iso_country text,
  rate numeric,
  max_seconds integer,
  balance numeric,
  available numeric,
  low_balance boolean,
  number text,
  call_sid text,
  status text,
  created boolean,
  connection_fee numeric,
  minimum_seconds integer,
  increment_seconds integer
);
COMMENT ON TYPE worldtune.placed_call IS
  'call_authorization for a call that the relay places itself, with what it needs to place it: the number (E.164), the SID of the caller''s leg once it is known, the status. created: this very request made the call, so it is the one that places it.';

CREATE TYPE worldtune.call_settlement AS (
  call_id uuid,
  user_id uuid,
  status text,
  changed boolean,
  billed boolean,
  billed_seconds integer,
  credits_used numeric,
  balance numeric
);
COMMENT ON TYPE worldtune.call_settlement IS
  'The call after an event. changed: this very event changed something. billed: the call has been charged, by this event or an earlier one. balance is the user''s, in credits; NULL when the user was deleted.';

CREATE TYPE worldtune.call_reconciliation AS (
  call_id uuid,
  user_id uuid,
  status text,
  changed boolean,
  billed boolean,
  billed_seconds integer,
  credits_used numeric,
  balance numeric,
  carrier_cost numeric,
  differences text[]
);
COMMENT ON TYPE worldtune.call_reconciliation IS
  'call_settlement after the carrier''s own account of the call was taken, with the sum of what the carrier charges for it (carrier_charges, US dollars; NULL: not known yet) and what it said otherwise than our row did.';

CREATE TYPE worldtune.overdue_call AS (
  call_id uuid,
  user_id uuid,
  call_sid text,
  dial_call_sid text,
  status text,
  why text,
  overdue_seconds integer
);
COMMENT ON TYPE worldtune.overdue_call IS
  'A call that should be over. why: past_limit (still talking beyond max_seconds: end it, then reconcile), suspended (its user is: end it, then reconcile) or no_final_status (nothing was heard for too long: reconcile). overdue_seconds: for how long.';

CREATE TYPE worldtune.call_record AS (
  call_id uuid,
  call_sid text,
  status text,
  phone_number text,
  country text,
  iso_country text,
  rate numeric,
  connection_fee numeric,
  minimum_seconds integer,
  increment_seconds integer,
  created_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  duration_seconds integer,
  billed_seconds integer,
  duration_minutes numeric,
  credits_used numeric,
  reject_reason text,
  credits_refunded numeric,
  recorded boolean,
  transcript text
);
COMMENT ON TYPE worldtune.call_record IS 'One call as its own user may see it: a row of call_logs without the bookkeeping.';

CREATE TYPE worldtune.ledger_entry AS (
  entry_id bigint,
  created_at timestamptz,
  kind text,
  delta numeric,
  balance_after numeric,
  call_id uuid,
  call_sid text,
  transaction_id uuid,
  note text
);
COMMENT ON TYPE worldtune.ledger_entry IS 'One change of a balance as its own user may see it: a row of credit_ledger.';
COMMENT ON COLUMN worldtune.ledger_entry.entry_id IS 'credit_ledger.id: in the order of booking.';
COMMENT ON COLUMN worldtune.ledger_entry.created_at IS 'When it was booked.';
COMMENT ON COLUMN worldtune.ledger_entry.kind IS 'opening, purchase, call, refund, adjustment or chargeback.';
COMMENT ON COLUMN worldtune.ledger_entry.delta IS 'The change, in credits.';
COMMENT ON COLUMN worldtune.ledger_entry.balance_after IS 'The balance after it, in credits.';
COMMENT ON COLUMN worldtune.ledger_entry.call_id IS 'The call that was charged, corrected or refunded; NULL: none.';
COMMENT ON COLUMN worldtune.ledger_entry.call_sid IS 'Its SID, for explain_charge().';
COMMENT ON COLUMN worldtune.ledger_entry.transaction_id IS 'The purchase; NULL: none.';
COMMENT ON COLUMN worldtune.ledger_entry.note IS 'What happened, in words for the user; NULL where the call or the purchase says it.';

CREATE TYPE worldtune.integrity_violation AS (
  invariant text,
  user_id uuid,
  call_id uuid,
  detail text
);
COMMENT ON TYPE worldtune.integrity_violation IS 'One violated invariant of the books: which, whose, of which call, and the figures.';

CREATE TYPE worldtune.setup_step AS (
  object text,
  action text,
  detail text
);
COMMENT ON TYPE worldtune.setup_step IS
  'One thing that setup() looked at. action: ok (as it should be), create, add, widen, alter, drop, grant, revoke, close, book (done, or to be done in a dry run), review (a person should look: audit() says what closes it).';

-- Who is calling.

CREATE FUNCTION worldtune.current_user_id() RETURNS uuid
  LANGUAGE c STABLE PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'worldtune_current_user_id';
COMMENT ON FUNCTION worldtune.current_user_id() IS
  'The user of the request''s JWT (claim sub of request.jwt.claims, else request.jwt.claim.sub), NULL when nobody is signed in. For row-level security: USING (user_id = (SELECT worldtune.current_user_id())).';

CREATE FUNCTION worldtune.library_version() RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'worldtune_library_version';
COMMENT ON FUNCTION worldtune.library_version() IS 'The version of the loaded C library.';

CREATE FUNCTION worldtune.schema_version() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$ SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_worldtune' $$;
COMMENT ON FUNCTION worldtune.schema_version() IS 'The installed version of the extension''s SQL objects; the relay''s /readyz compares it with what it was built for.';
