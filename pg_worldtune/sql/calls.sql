-- The life of a call: check, authorise (hold), record what happens, settle. All money moves here or in credit.sql.
-- The API's functions read the claims and hand over to the function that takes the user's id.

-- The one representation of an open call. It follows from call_logs, so it is not dumped: setup() makes it again. Few rows and many updates: due_at
-- has no index, so that an update stays on its page; and each index more is written twice a call.
CREATE TABLE worldtune_internal.holds (
  call_id uuid NOT NULL,
  user_id uuid NOT NULL,
  credits numeric(18,6) NOT NULL,
  due_at timestamptz NOT NULL,
  claimed_until timestamptz,
  PRIMARY KEY (user_id, call_id)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE worldtune_internal.holds IS
  'The authorised calls that have not ended, each with the credit held for it. Made and deleted together with their calls; what a user has available is the balance less these.';
COMMENT ON COLUMN worldtune_internal.holds.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune_internal.holds.user_id IS 'Whose credit is held.';
COMMENT ON COLUMN worldtune_internal.holds.credits IS 'How much, in credits: the price of max_seconds.';
COMMENT ON COLUMN worldtune_internal.holds.due_at IS
  'When the call should be over, or be heard of: settings.hold_expiry_seconds after it was authorised; once it rings, ten minutes and max_seconds after that; once answered, max_seconds after the answer.';
COMMENT ON COLUMN worldtune_internal.holds.claimed_until IS 'Until when a relay that was told of the call by overdue_calls() takes care of it.';

CREATE FUNCTION worldtune.user_check_credit(user_id uuid, number text, minutes integer DEFAULT 1, caller_id text DEFAULT NULL)
  RETURNS worldtune.credit_check
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_user_check_credit';
COMMENT ON FUNCTION worldtune.user_check_credit(uuid, text, integer, text) IS
  'Whether that user can pay for a call of so many minutes, and how long the available credit lasts. Holds nothing. Errors: 22023 for a number that is none, or minutes outside 1 to 1440.';

CREATE FUNCTION worldtune.check_credit(number text, minutes integer DEFAULT 1)
  RETURNS worldtune.credit_check
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_check_credit';
COMMENT ON FUNCTION worldtune.check_credit(text, integer) IS
  'user_check_credit for the signed-in user. Errors: 42501 when nobody is signed in, 22023 as there.';

CREATE FUNCTION worldtune.user_account(user_id uuid)
  RETURNS worldtune.account
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_user_account';
COMMENT ON FUNCTION worldtune.user_account(uuid) IS 'That user''s balance, holds and available credit. Errors: P0002 when there is no such user.';

CREATE FUNCTION worldtune.my_account()
  RETURNS SETOF worldtune.account
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1
  AS 'MODULE_PATHNAME', 'worldtune_my_account';
COMMENT ON FUNCTION worldtune.my_account() IS
  'user_account for the signed-in user; no row when there is none in users yet. Errors: 42501 when nobody is signed in.';

CREATE FUNCTION worldtune.user_call_history(user_id uuid, page_size integer DEFAULT 20, before timestamptz DEFAULT NULL)
  RETURNS SETOF worldtune.call_record
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
  AS 'MODULE_PATHNAME', 'worldtune_user_call_history';
COMMENT ON FUNCTION worldtune.user_call_history(uuid, integer, timestamptz) IS
  'That user''s calls, newest first, created before the given time. A page may be longer than page_size: calls of one instant are never split between pages. Errors: 22023 for a page_size outside 1 to 1000.';

CREATE FUNCTION worldtune.call_history(page_size integer DEFAULT 20, before timestamptz DEFAULT NULL)
  RETURNS SETOF worldtune.call_record
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
  AS 'MODULE_PATHNAME', 'worldtune_call_history';
COMMENT ON FUNCTION worldtune.call_history(integer, timestamptz) IS
  'user_call_history for the signed-in user: pass the created_at of the last row as before to get the next page. Errors: 42501 when nobody is signed in, 22023 as there.';

CREATE FUNCTION worldtune.user_ledger(user_id uuid, page_size integer DEFAULT 20, before timestamptz DEFAULT NULL)
  RETURNS SETOF worldtune.ledger_entry
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
  AS 'MODULE_PATHNAME', 'worldtune_user_ledger';
COMMENT ON FUNCTION worldtune.user_ledger(uuid, integer, timestamptz) IS
  'That user''s ledger, newest entry first, booked before the given time. A page may be longer than page_size: entries of one instant are never split between pages. Errors: 22023 for a page_size outside 1 to 1000.';

CREATE FUNCTION worldtune.my_ledger(page_size integer DEFAULT 20, before timestamptz DEFAULT NULL)
  RETURNS SETOF worldtune.ledger_entry
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
  AS 'MODULE_PATHNAME', 'worldtune_my_ledger';
COMMENT ON FUNCTION worldtune.my_ledger(integer, timestamptz) IS
  'user_ledger for the signed-in user: pass the created_at of the last row as before to get the next page. Errors: 42501 when nobody is signed in, 22023 as there.';

CREATE FUNCTION worldtune.find_call(user_id uuid, call_sid text)
  RETURNS worldtune.call_record
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_find_call';
COMMENT ON FUNCTION worldtune.find_call(uuid, text) IS 'That user''s own call with that SID. Errors: P0002 when there is none, also when it is another user''s.';

CREATE FUNCTION worldtune.authorize_call(user_id uuid, number text, call_sid text DEFAULT NULL, caller_id text DEFAULT NULL)
  RETURNS worldtune.call_authorization
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_authorize_call';
COMMENT ON FUNCTION worldtune.authorize_call(uuid, text, text, text) IS
  'Decides on a call, holds the credit for max_seconds and logs the call (or the refusal), in one transaction. The same call_sid of the same user again answers the same and holds nothing more. Errors: 22023 for a number, caller ID or SID that is none; 23505 when the SID is another user''s call; 55000 when that call is over or was authorised for another number.';

CREATE FUNCTION worldtune.start_call(user_id uuid, number text, idempotency_key text DEFAULT NULL, caller_id text DEFAULT NULL)
  RETURNS worldtune.placed_call
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_start_call';
COMMENT ON FUNCTION worldtune.start_call(uuid, text, text, text) IS
  'authorize_call for a call that the relay is about to place and that has no SID yet. The same idempotency_key of the same user again answers the call that it made. Errors: 22023 for a number or caller ID that is none, or a key longer than 255 characters.';

CREATE FUNCTION worldtune.attach_call(call_id uuid, call_sid text, user_id uuid)
  RETURNS worldtune.placed_call
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_attach_call';
COMMENT ON FUNCTION worldtune.attach_call(uuid, text, uuid) IS
  'Gives a call made by start_call the SID of its caller''s leg. Repeating it is harmless. Errors: P0002 when that user has no such call, 23505 when the call has another SID or the SID another call, 55000 when the call was given up.';

CREATE FUNCTION worldtune.abandon_call(call_id uuid, user_id uuid, note text DEFAULT NULL)
  RETURNS worldtune.call_settlement
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_abandon_call';
COMMENT ON FUNCTION worldtune.abandon_call(uuid, uuid, text) IS
  'The carrier refused to place a call made by start_call: it is failed, its hold is released, note says why. A call that has a SID or is over is left as it is. Errors: P0002 when that user has no such call.';

CREATE FUNCTION worldtune.record_call_status(
    call_sid text, status text, duration_seconds integer DEFAULT NULL, dial_call_sid text DEFAULT NULL,
    occurred_at timestamptz DEFAULT now(), user_id uuid DEFAULT NULL)
  RETURNS worldtune.call_settlement
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_record_call_status';
COMMENT ON FUNCTION worldtune.record_call_status(text, text, integer, text, timestamptz, uuid) IS
  'Records what the carrier says of a call, in Twilio''s words. Repeats and any order end in the same books. completed with a duration above zero bills the call once: hold released, balance and ledger changed, all or nothing; completed without a duration settles nothing yet, or closes a call that nobody answered as canceled; any other final status releases the hold and costs nothing. Seconds beyond max_seconds are never billed. While the call lasts and the user''s balance is low (settings.low_balance, this call''s own hold not counted), a NOTICE of SQLSTATE 01L01 says so. Of a user with so many refusals lately that some were only counted, a call_sid that nobody knows is answered as the newest of them. Errors: P0002 for an unknown call_sid or another user''s; 22023 for a status or duration that is none.';

CREATE FUNCTION worldtune.reconcile_call(
    call_sid text, status text, duration_seconds integer DEFAULT NULL, price numeric DEFAULT NULL, user_id uuid DEFAULT NULL,
    caller_leg_price numeric DEFAULT NULL, dialled_leg_price numeric DEFAULT NULL, price_unit text DEFAULT 'USD', dial_call_sid text DEFAULT NULL)
  RETURNS worldtune.call_reconciliation
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_reconcile_call';
COMMENT ON FUNCTION worldtune.reconcile_call(text, text, integer, numeric, uuid, numeric, numeric, text, text) IS
  'Takes the carrier''s own account of a call: status, seconds of the dialled leg, its SID, and what each leg costs the operator (US dollars, the sign does not matter; price where both are told together), which goes into carrier_charges. It has the last word: an open call is settled by it, a bill that differs by more than a second is corrected by an adjustment, callbacks correct it no more. Prices come minutes later: repeat it. Errors: P0002 and 22023 as record_call_status; 22023 for prices in another currency.';

CREATE FUNCTION worldtune.overdue_calls(max_calls integer DEFAULT 20, claim_seconds integer DEFAULT 60)
  RETURNS SETOF worldtune.overdue_call
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 20
  AS 'MODULE_PATHNAME', 'worldtune_overdue_calls';
COMMENT ON FUNCTION worldtune.overdue_calls(integer, integer) IS
  'Calls that should be over, oldest first, claimed for claim_seconds so that several relays share the work: nobody else gets them meanwhile. Errors: 22023 for max_calls outside 1 to 1000 or claim_seconds outside 1 to 3600.';

CREATE FUNCTION worldtune.expire_holds() RETURNS integer
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_expire_holds';
COMMENT ON FUNCTION worldtune.expire_holds() IS
  'Fails calls that the carrier never named (no SID within settings.hold_expiry_seconds) and releases their holds; answers how many. Calls that another session is at are left for the next time.';
