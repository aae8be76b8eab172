-- What calls cost the operator: worldtune.carrier_charges, which setup() makes, so that it outlives the extension, and callers cannot read.

CREATE TABLE worldtune_internal.charge_queue (
  call_id uuid PRIMARY KEY,
  ask_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE worldtune_internal.charge_queue IS
  'The calls of which the carrier has not told what it charges for both legs; a day after their end they are given up. calls_without_charges() collects and hands out.';
COMMENT ON COLUMN worldtune_internal.charge_queue.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune_internal.charge_queue.ask_at IS 'When the carrier is asked next, if the call is over; until then whoever was handed it takes care of it.';

-- Not dumped: where it begins anew, it begins with the last day.
CREATE TABLE worldtune_internal.charge_cursor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  collected_until timestamptz NOT NULL
);
INSERT INTO worldtune_internal.charge_cursor (collected_until) VALUES ('-infinity');
COMMENT ON TABLE worldtune_internal.charge_cursor IS 'How far charge_queue has been filled, one row.';
COMMENT ON COLUMN worldtune_internal.charge_cursor.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN worldtune_internal.charge_cursor.collected_until IS 'The calls asked for until then are in the queue, or are done with.';

CREATE TYPE worldtune.uncharged_call AS (
  call_id uuid,
  user_id uuid,
  call_sid text,
  dial_call_sid text,
  status text,
  ended_at timestamptz,
  last boolean
);
COMMENT ON TYPE worldtune.uncharged_call IS 'A call that is over and of which the carrier''s charges are not known: ask the carrier, then reconcile_call().';
COMMENT ON COLUMN worldtune.uncharged_call.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune.uncharged_call.user_id IS 'Whose call it is.';
COMMENT ON COLUMN worldtune.uncharged_call.call_sid IS 'The carrier''s SID of the caller''s leg.';
COMMENT ON COLUMN worldtune.uncharged_call.dial_call_sid IS 'The carrier''s SID of the dialled leg; NULL: nobody was dialled, or it was not told.';
COMMENT ON COLUMN worldtune.uncharged_call.status IS 'The call''s last status, in Twilio''s words, or rejected.';
COMMENT ON COLUMN worldtune.uncharged_call.ended_at IS 'When it ended.';
COMMENT ON COLUMN worldtune.uncharged_call.last IS 'Whether it has been over for a day and is not handed out again.';

CREATE FUNCTION worldtune.calls_without_charges(page_size integer DEFAULT 100, pause_seconds integer DEFAULT 60)
  RETURNS SETOF worldtune.uncharged_call
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 100
  AS 'MODULE_PATHNAME', 'worldtune_calls_without_charges';
COMMENT ON FUNCTION worldtune.calls_without_charges(integer, integer) IS
  'Calls that are over and of which the carrier''s charges for both legs are not known, oldest first. Who gets a call has it alone until it is handed out again: after as long as it has been over, at least pause_seconds, so that the pauses grow; after a day for the last time. Errors: 22023 for page_size outside 1 to 1000 or pause_seconds outside 1 to 3600.';

CREATE FUNCTION worldtune.record_carrier_charge(
    user_id uuid, call_sid text, item text, sid text, amount numeric, price_unit text DEFAULT 'USD', estimated boolean DEFAULT false)
  RETURNS boolean
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_record_carrier_charge';
COMMENT ON FUNCTION worldtune.record_carrier_charge(uuid, text, text, text, numeric, text, boolean) IS
  'Records what the carrier charges for one thing of that user''s call (item as in carrier_charges; amount in US dollars, its sign does not matter), and answers whether that is news. A told price takes an estimate''s place, never the other way round; both_legs and the single legs take each other''s. sid: of the recording or transcription; a leg''s may be NULL. Errors: P0002 when that user has no such call; 22023 for another item, SID or currency.';

CREATE TYPE worldtune.losing_call AS (
  call_id uuid,
  user_id uuid,
  call_sid text,
  created_at timestamptz,
  iso_country text,
  prefix text,
  price_source text,
  rate numeric,
  duration_seconds integer,
  charged numeric,
  cost numeric,
  loss numeric,
  estimated boolean
);
COMMENT ON TYPE worldtune.losing_call IS 'A call that was sold below its cost.';
COMMENT ON COLUMN worldtune.losing_call.call_id IS 'call_logs.id.';
COMMENT ON COLUMN worldtune.losing_call.user_id IS 'Who called.';
COMMENT ON COLUMN worldtune.losing_call.call_sid IS 'The carrier''s SID of the caller''s leg.';
COMMENT ON COLUMN worldtune.losing_call.created_at IS 'When the call was asked for.';
COMMENT ON COLUMN worldtune.losing_call.iso_country IS 'Where the number is, ISO 3166-1 alpha-2.';
COMMENT ON COLUMN worldtune.losing_call.prefix IS 'The prefix that priced it.';
COMMENT ON COLUMN worldtune.losing_call.price_source IS 'deck, or override: the operator''s own price.';
COMMENT ON COLUMN worldtune.losing_call.rate IS 'Credits a minute.';
COMMENT ON COLUMN worldtune.losing_call.duration_seconds IS 'How long it lasted, in seconds.';
COMMENT ON COLUMN worldtune.losing_call.charged IS 'What the caller paid, refunds deducted, in credits (US dollars).';
COMMENT ON COLUMN worldtune.losing_call.cost IS 'The sum of the carrier''s charges, in US dollars.';
COMMENT ON COLUMN worldtune.losing_call.loss IS 'cost less charged.';
COMMENT ON COLUMN worldtune.losing_call.estimated IS 'Whether some of the carrier''s charges is an estimate.';

CREATE FUNCTION worldtune.losing_calls(since timestamptz)
  RETURNS SETOF worldtune.losing_call
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 100
  AS 'MODULE_PATHNAME', 'worldtune_losing_calls';
COMMENT ON FUNCTION worldtune.losing_calls(timestamptz) IS
  'The calls asked for since then for which the carrier charges more than their callers paid, refunds deducted; the greatest losses first. A call of which no charge is known is not among them.';

CREATE TYPE worldtune.operating_figures AS (
  open_calls integer,
  held numeric,
  overdue_seconds integer,
  calls_below_cost integer
);
COMMENT ON TYPE worldtune.operating_figures IS 'What an operator watches.';
COMMENT ON COLUMN worldtune.operating_figures.open_calls IS 'Calls that are not over.';
COMMENT ON COLUMN worldtune.operating_figures.held IS 'What is held for them, in credits.';
COMMENT ON COLUMN worldtune.operating_figures.overdue_seconds IS 'For how long the one that is most overdue should have been over, in seconds; 0 when none is.';
COMMENT ON COLUMN worldtune.operating_figures.calls_below_cost IS 'Calls of the last 24 hours that losing_calls() lists.';

CREATE FUNCTION worldtune.operating_figures()
  RETURNS worldtune.operating_figures
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (count(*)::integer, coalesce(sum(h.credits), 0), least(greatest(coalesce(floor(extract(epoch FROM now() - min(h.due_at))), 0), 0), 2147483647)::integer,
    (SELECT count(*)::integer FROM worldtune.losing_calls(now() - interval '24 hours')))::worldtune.operating_figures
  FROM worldtune_internal.holds h
$$;
COMMENT ON FUNCTION worldtune.operating_figures() IS 'What an operator watches, as of now: one row. The relay shows it at /metrics.';
