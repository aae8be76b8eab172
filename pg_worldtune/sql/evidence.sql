-- How a call came to its price, for its caller, the back office and the auditor.

CREATE TYPE worldtune.charge_step AS (
  step integer,
  item text,
  detail text,
  amount numeric
);
COMMENT ON TYPE worldtune.charge_step IS
  'One step from a number to what was paid for the call: see user_explain_charge(). charge, correction and refund add up to paid, the last one.';
COMMENT ON COLUMN worldtune.charge_step.step IS 'From 1, in the order in which the price came about.';
COMMENT ON COLUMN worldtune.charge_step.item IS
  'number, caller_id, override, deck, prefix, origination, talked, authorised, billed, connection_fee, rate, minimum, increments, rounding, charge, correction, refund, refused, not_answered, held or paid.';
COMMENT ON COLUMN worldtune.charge_step.detail IS
  'What it says, in words for the caller. Of paid: "as booked", "differs: " and what was booked otherwise than it is when recomputed, or "cannot be recomputed: " and why.';
COMMENT ON COLUMN worldtune.charge_step.amount IS
  'Credits, of override, deck and rate credits a minute; below zero: in the caller''s favour. NULL where the step is no amount.';

CREATE FUNCTION worldtune.user_explain_charge(user_id uuid, call_sid text)
  RETURNS SETOF worldtune.charge_step
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 15
  AS 'MODULE_PATHNAME', 'worldtune_user_explain_charge';
COMMENT ON FUNCTION worldtune.user_explain_charge(uuid, text) IS
  'How that user''s call came to its price, recomputed from stored rows alone; the last row is what was paid and says whether it is what was booked. call_sid may also be the text of a call_id: a refused call has no SID. Of several calls with one SID the one that was billed, else the newest. No rows for an unknown call or another user''s.';

CREATE FUNCTION worldtune.explain_charge(call_sid text)
  RETURNS SETOF worldtune.charge_step
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 15
  AS 'MODULE_PATHNAME', 'worldtune_explain_charge';
COMMENT ON FUNCTION worldtune.explain_charge(text) IS 'user_explain_charge for the signed-in user. Errors: 42501 when nobody is signed in.';
