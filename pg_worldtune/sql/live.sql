-- What happens to a user's calls and credit, in order, for the relay to tell the user's pages as it happens.

-- Written by whoever has the user's row locked, in the transaction that makes it true, so a user's numbers have no gaps and commit in their order. A crash
-- empties it, a dump leaves it out: then numbers begin anew above all earlier ones, for they begin with the clock, in microseconds.
CREATE UNLOGGED TABLE worldtune_internal.live_events (
  user_id uuid NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  type text NOT NULL,
  balance numeric NOT NULL,
  available numeric NOT NULL,
  call_id uuid,
  status text,
  kind text,
  muted boolean,
  request_id uuid
);
CREATE UNIQUE INDEX live_events_user ON worldtune_internal.live_events (user_id, seq DESC);
COMMENT ON TABLE worldtune_internal.live_events IS
  'The newest events of each user: of an hour, and the last one. What they say of a call beside its status, the call''s row says.';
COMMENT ON COLUMN worldtune_internal.live_events.user_id IS 'Whose event it is.';
COMMENT ON COLUMN worldtune_internal.live_events.seq IS 'One more than the user''s event before. The first is the time in microseconds since 1970.';
COMMENT ON COLUMN worldtune_internal.live_events.at IS 'When it was written, by the clock.';
COMMENT ON COLUMN worldtune_internal.live_events.type IS
  'call.status, call.ended, call.mute, credit.changed or credit.low; start: nothing happened, the numbers begin.';
COMMENT ON COLUMN worldtune_internal.live_events.balance IS 'What the user owned then, in credits.';
COMMENT ON COLUMN worldtune_internal.live_events.available IS 'balance less what open calls held then, in credits.';
COMMENT ON COLUMN worldtune_internal.live_events.call_id IS 'call_logs.id; NULL: it is of no call.';
COMMENT ON COLUMN worldtune_internal.live_events.status IS 'The status that the call got.';
COMMENT ON COLUMN worldtune_internal.live_events.kind IS 'credit_ledger.kind of what was booked.';
COMMENT ON COLUMN worldtune_internal.live_events.muted IS 'Of call.mute: whether the caller''s microphone is to be off.';
COMMENT ON COLUMN worldtune_internal.live_events.request_id IS 'Of call.mute: what the page names when it has done so.';

CREATE TYPE worldtune.live_event AS (
  user_id uuid,
  seq bigint,
  at timestamptz,
  type text,
  balance numeric,
  available numeric,
  call_id uuid,
  call_sid text,
  status text,
  number text,
  duration_seconds integer,
  billed_seconds integer,
  cost numeric,
  seconds_left integer,
  max_seconds integer,
  why text,
  kind text,
  muted boolean,
  request_id uuid
);
COMMENT ON TYPE worldtune.live_event IS
  'Something that happened to a user''s calls or credit, or one of the calls that are open: see user_live_snapshot().';
COMMENT ON COLUMN worldtune.live_event.seq IS 'One more than the user''s event before; NULL: it is not an event.';
COMMENT ON COLUMN worldtune.live_event.at IS 'When it happened.';
COMMENT ON COLUMN worldtune.live_event.type IS
  'call.status, call.ended, call.mute, credit.changed, credit.low; ready: how things stand; resync: the events asked for are not there (any more).';
COMMENT ON COLUMN worldtune.live_event.duration_seconds IS 'How long the call has been talked, in seconds.';
COMMENT ON COLUMN worldtune.live_event.cost IS 'What the call has cost the user, in credits.';
COMMENT ON COLUMN worldtune.live_event.seconds_left IS 'How much longer the call may go on, in seconds.';
COMMENT ON COLUMN worldtune.live_event.why IS
  'Of a call that is over: the reason of a refusal, time_limit when it lasted as long as was authorised, otherwise its status.';
COMMENT ON COLUMN worldtune.live_event.kind IS 'Of credit.changed: credit_ledger.kind.';
COMMENT ON COLUMN worldtune.live_event.muted IS 'Of call.mute: whether the caller''s microphone is to be off.';
COMMENT ON COLUMN worldtune.live_event.request_id IS 'Of call.mute: what the page names when it has done so.';

CREATE FUNCTION worldtune.user_live_snapshot(user_id uuid, after bigint DEFAULT NULL)
  RETURNS SETOF worldtune.live_event
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 3
  AS 'MODULE_PATHNAME', 'worldtune_user_live_snapshot';
COMMENT ON FUNCTION worldtune.user_live_snapshot(uuid, bigint) IS
  'How things stand with that user, all of one moment: a row ready, with the number of the newest event; a row without a number for each open call, oldest first; and with after, the events since that one, or a row resync when they are not all there. Those events tell what happened, but beside it how things stand now, so that whoever follows them is never taken back. An unknown user has nothing, and event 0.';

CREATE FUNCTION worldtune.live_events(user_ids uuid[], after bigint[])
  RETURNS SETOF worldtune.live_event
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 10
  AS 'MODULE_PATHNAME', 'worldtune_live_events';
COMMENT ON FUNCTION worldtune.live_events(uuid[], bigint[]) IS
  'Of each of these users the events since the one with the number at the same place in after, in order, as things stood when they happened; a row resync where they are not all there, or are more than 1000. Errors: 22023 when the arrays differ in length.';

CREATE FUNCTION worldtune.request_mute(user_id uuid, call_sid text, muted boolean, request_id uuid) RETURNS void
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_request_mute';
COMMENT ON FUNCTION worldtune.request_mute(uuid, text, boolean, uuid) IS
  'Asks the pages of that user, by an event call.mute, to turn the microphone of a call off or on. Errors: P0002 when that user has no such call, 55000 when it is over.';

CREATE FUNCTION worldtune.prune_live_events(keep interval DEFAULT '1 hour', max_rows integer DEFAULT 10000) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH old AS MATERIALIZED (
    SELECT e.ctid FROM worldtune_internal.live_events e
    WHERE e.at < clock_timestamp() - keep AND EXISTS (SELECT FROM worldtune_internal.live_events n WHERE n.user_id = e.user_id AND n.seq > e.seq)
    LIMIT max_rows FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM worldtune_internal.live_events e USING old WHERE e.ctid = old.ctid RETURNING 1)
  SELECT count(*)::integer FROM gone
$$;
COMMENT ON FUNCTION worldtune.prune_live_events(interval, integer) IS
  'Removes events that are older than that, but not a user''s last; answers how many. When it removed max_rows there may be more.';
