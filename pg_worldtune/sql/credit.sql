-- Balances and their ledger. The trigger 00_worldtune_book on users is the only writer of credit_ledger, whoever changes a balance.

CREATE FUNCTION worldtune.add_credits(user_id uuid, credits numeric, payment_intent_id text, amount numeric)
  RETURNS numeric
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_add_credits';
COMMENT ON FUNCTION worldtune.add_credits(uuid, numeric, text, numeric) IS
  'Books a purchase: the row in transactions, the balance and the ledger, once for each payment_intent_id; again, also after reverse_purchase(), it changes nothing and answers the balance that the purchase left. credits are added, amount is what was paid, in US dollars. A row that the application noted in any status but completed, succeeded, success, paid, refunded, disputed and reversed is completed with these figures. Errors: 22023 when either is not above zero or has more than six decimals, or for a payment_intent_id of not 1 to 255 characters; P0002 for an unknown user; 23505 when the payment is another user''s, or was credited with other figures.';

CREATE FUNCTION worldtune.reverse_purchase(payment_intent_id text, note text DEFAULT NULL, user_id uuid DEFAULT NULL)
  RETURNS numeric
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_reverse_purchase';
COMMENT ON FUNCTION worldtune.reverse_purchase(text, text, uuid) IS
  'Takes back what a payment added, once: it was charged back or refunded. The balance may go below zero, the row in transactions becomes reversed; answers the new balance, and the same when asked again. note is the back office''s (ledger_details.remark). Errors: P0002 for an unknown payment or another user''s; 55000 for one that was never credited, or that the application took back itself (refunded, reversed).';

CREATE FUNCTION worldtune_internal.says_credited(status text) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_says_credited';
COMMENT ON FUNCTION worldtune_internal.says_credited(text) IS 'Whether add_credits() leaves a row of that status alone, because the application has credited it.';

CREATE FUNCTION worldtune_internal.is_payment_status(status text) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(worldtune_internal.says_credited(status) OR lower(status) = ANY ('{pending,created,new,open,initiated,processing,incomplete,unpaid,requires_payment_method,requires_confirmation,requires_action,requires_capture,failed,error,declined,canceled,cancelled,expired,abandoned}'), false)
$$;
COMMENT ON FUNCTION worldtune_internal.is_payment_status(text) IS 'Whether it is a common word for a payment that was credited, or for one that was not.';

CREATE FUNCTION worldtune.refund_call(
    call_sid text, credits numeric DEFAULT NULL, note text DEFAULT NULL, user_id uuid DEFAULT NULL, idempotency_key text DEFAULT NULL)
  RETURNS numeric
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_refund_call';
COMMENT ON FUNCTION worldtune.refund_call(text, numeric, text, uuid, text) IS
  'Gives back credits of a call''s charge, all that is left of it by default, and answers the new balance. In total never more than was charged. The same idempotency_key of the same user again changes nothing and answers the same. note is the back office''s (ledger_details.remark): the user does not see it. Errors: P0002 for an unknown call or another user''s; 22023 for credits not above zero or more than is left, or a key of not 1 to 255 characters; 23505 for a key that was used with other figures.';

CREATE FUNCTION worldtune.adjust_credits(user_id uuid, credits numeric, note text, idempotency_key text DEFAULT NULL)
  RETURNS numeric
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_adjust_credits';
COMMENT ON FUNCTION worldtune.adjust_credits(uuid, numeric, text, text) IS
  'The operator''s correction of a balance, up or down (also below zero), with a note that says why (ledger_details.remark: the user does not see it); answers the new balance. The same idempotency_key of the same user again changes nothing and answers the same. Errors: 22023 for zero credits, an empty note or a key of not 1 to 255 characters; P0002 for an unknown user; 23505 for a key that was used with other figures.';

CREATE FUNCTION worldtune_internal.require_tables() RETURNS void
  LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_require_tables';
COMMENT ON FUNCTION worldtune_internal.require_tables() IS
  'To be called before anything in SQL reads the application''s tables with the rights of the extension''s functions. Errors: PT503 when one is missing, 42809 when one is a view or partitioned, 42804 when a column''s type is not built in.';

CREATE FUNCTION worldtune_internal.restore_holds() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM worldtune_internal.require_tables();
  INSERT INTO worldtune_internal.holds (call_id, user_id, credits, due_at)
  SELECT c.id, c.user_id, c.credits_held, 
    CASE WHEN c.answered_at IS NOT NULL THEN c.answered_at + c.max_seconds * interval '1 second'
      WHEN c.status = 'queued' THEN c.authorized_at + coalesce((SELECT hold_expiry_seconds FROM worldtune.settings), 300) * interval '1 second'
      ELSE c.authorized_at + interval '10 minutes' + c.max_seconds * interval '1 second' END
  FROM ONLY public.call_logs c WHERE c.authorized_at IS NOT NULL AND c.ended_at IS NULL AND c.user_id IS NOT NULL
  ON CONFLICT (user_id, call_id) DO NOTHING;
  -- After the other: that may have waited for a call which ended meanwhile, and took it for open.
  DELETE FROM worldtune_internal.holds h
  WHERE NOT EXISTS (SELECT FROM ONLY public.call_logs c WHERE c.id = h.call_id AND c.user_id = h.user_id AND c.authorized_at IS NOT NULL AND c.ended_at IS NULL);
END
$$;
COMMENT ON FUNCTION worldtune_internal.restore_holds() IS 'Makes the holds of the calls in progress again after a restore, which leaves them out: call_logs tells all that they say.';

CREATE FUNCTION worldtune_internal.guard_users() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'worldtune_guard_users';
COMMENT ON FUNCTION worldtune_internal.guard_users() IS
  'Trigger on users: anon and authenticated may not write credit_balance, an id does not change, a user with a call in progress is not deleted (55006), the table is not truncated. Errors: 42501; 42809 on any other table.';

CREATE FUNCTION worldtune_internal.book_users() RETURNS trigger
  LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_book_users';
COMMENT ON FUNCTION worldtune_internal.book_users() IS
  'Trigger on users: writes the ledger row of every change of a balance. A change that none of the extension''s functions made is an opening (new user) or an adjustment; ledger_details says who made it.';

CREATE FUNCTION worldtune_internal.guard_ledger() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'worldtune_guard_ledger';
COMMENT ON FUNCTION worldtune_internal.guard_ledger() IS 'Trigger on credit_ledger and ledger_details: append-only, and only this extension appends, whoever asks. Errors: 42501.';

CREATE FUNCTION worldtune_internal.guard_calls() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'worldtune_guard_calls';
COMMENT ON FUNCTION worldtune_internal.guard_calls() IS
  'Trigger on call_logs: nobody but this extension makes an authorised call, writes its money, terms or state, or, once it is billed, anything that explains the bill; nobody deletes one that was billed or is in progress. Errors: 42501.';

CREATE FUNCTION worldtune_internal.guard_transactions() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'worldtune_guard_transactions';
COMMENT ON FUNCTION worldtune_internal.guard_transactions() IS
  'Trigger on transactions: nobody but this extension books a payment; a booked one keeps its user, figures, id and time, and is not deleted. Errors: 42501.';
