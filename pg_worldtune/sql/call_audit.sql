-- The carrier's own list of calls, held against ours.

CREATE TYPE worldtune.call_finding AS (
  finding text,
  call_sid text,
  call_id uuid,
  user_id uuid,
  carrier_status text,
  status text,
  carrier_seconds integer,
  duration_seconds integer,
  cost numeric,
  charged numeric,
  ended_at timestamptz
);
COMMENT ON TYPE worldtune.call_finding IS 'A call of which the carrier says something else than we do.';
COMMENT ON COLUMN worldtune.call_finding.finding IS
  'unknown_to_us; unknown_to_carrier; unbilled (the carrier tells seconds of talk, and nothing was charged); other_seconds (by more than one); dearer_than_sold (the legs cost more than was charged); price_unknown (a day after its end).';
COMMENT ON COLUMN worldtune.call_finding.call_sid IS 'The carrier''s SID of the caller''s leg; of what is unknown to us, of the leg.';
COMMENT ON COLUMN worldtune.call_finding.carrier_status IS 'What the carrier says of the dialled leg, or of the only one.';
COMMENT ON COLUMN worldtune.call_finding.carrier_seconds IS 'How long the dialled leg lasted, as the carrier says, in seconds.';
COMMENT ON COLUMN worldtune.call_finding.cost IS 'The sum of the legs'' prices that the carrier tells, in US dollars.';
COMMENT ON COLUMN worldtune.call_finding.charged IS 'What the caller paid, refunds deducted, in credits (US dollars).';

CREATE FUNCTION worldtune.compare_calls(since timestamptz, until timestamptz, legs jsonb) RETURNS SETOF worldtune.call_finding
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 100
  AS 'MODULE_PATHNAME', 'worldtune_compare_calls';
COMMENT ON FUNCTION worldtune.compare_calls(timestamptz, timestamptz, jsonb) IS
  'Holds the carrier''s list of legs against our calls of that time (until excluded), both ways, and answers where they differ. legs: an array of objects as in Twilio''s list of calls (sid, parent_call_sid, status, duration, price, price_unit). Errors: 22004 for NULL, 22023 when legs is no array of objects.';

CREATE FUNCTION worldtune.charges_given_up(since timestamptz) RETURNS SETOF worldtune.uncharged_call
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 100
  AS 'MODULE_PATHNAME', 'worldtune_charges_given_up';
COMMENT ON FUNCTION worldtune.charges_given_up(timestamptz) IS
  'The calls asked for since then that have been over for a day and of which the carrier never told what it charges for both legs: nobody asks any more.';
