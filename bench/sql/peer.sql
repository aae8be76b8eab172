-- The same rules in PL/pgSQL, as a good engineer would write them: the peer of authorize_call and record_call_status.
-- Equal tables and indexes, and foreign keys; holds are summed from the open calls under the lock of the user's row.

CREATE SCHEMA peer;

CREATE TABLE peer.users (LIKE public.users INCLUDING ALL);
CREATE TABLE peer.call_logs (LIKE public.call_logs INCLUDING ALL, FOREIGN KEY (user_id) REFERENCES peer.users);
CREATE TABLE peer.credit_ledger (LIKE public.credit_ledger INCLUDING ALL,
  FOREIGN KEY (user_id) REFERENCES peer.users, FOREIGN KEY (call_id) REFERENCES peer.call_logs);

-- With room for updates on every page, as ours have; and the index that finds a user's holds.
ALTER TABLE peer.users SET (fillfactor = 80);
ALTER TABLE peer.call_logs SET (fillfactor = 80);
CREATE INDEX call_logs_open ON peer.call_logs (user_id) WHERE ended_at IS NULL AND authorized_at IS NOT NULL;

CREATE TABLE peer.settings (LIKE worldtune.settings INCLUDING ALL);
INSERT INTO peer.settings DEFAULT VALUES;
CREATE TABLE peer.rates (LIKE worldtune.rates INCLUDING ALL);
INSERT INTO peer.rates SELECT * FROM worldtune.rates WHERE deck_id = (SELECT max(id) FROM worldtune.rate_decks);

CREATE FUNCTION peer.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'credit_ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON peer.credit_ledger FOR EACH ROW EXECUTE FUNCTION peer.refuse_change();

CREATE FUNCTION peer.e164_digits(number text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  digits text := CASE WHEN number ~ '^[1-9][0-9]+$' THEN number ELSE regexp_replace(regexp_replace(number, '[^0-9]', '', 'g'), '^00', '') END;
BEGIN
  IF digits !~ '^[1-9][0-9]{6,14}$' THEN
    RAISE EXCEPTION '"%" is not an international number', number USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN digits;
END
$$;

CREATE FUNCTION peer.find_rate(digits text, caller_id text) RETURNS peer.rates
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found peer.rates;
BEGIN
  SELECT * INTO found FROM peer.rates r
  WHERE r.deck_id = (SELECT max(d.id) FROM worldtune.rate_decks d WHERE d.effective_at <= now())
    AND r.prefix = ANY (ARRAY[left(digits, 1), left(digits, 2), left(digits, 3), left(digits, 4), left(digits, 5), left(digits, 6), left(digits, 7),
      left(digits, 8), left(digits, 9)])
    AND (r.origination = '' OR starts_with(caller_id, r.origination))
  ORDER BY length(r.prefix) DESC, length(r.origination) DESC LIMIT 1;
  RETURN found;
END
$$;

CREATE FUNCTION peer.billed_seconds(seconds integer, minimum integer, increment integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN seconds <= 0 THEN 0 WHEN seconds <= minimum THEN minimum ELSE minimum + (seconds - minimum + increment - 1) / increment * increment END
$$;

CREATE FUNCTION peer.authorize_call(user_id uuid, number text, call_sid text DEFAULT NULL, caller_id text DEFAULT NULL)
  RETURNS worldtune.call_authorization
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  digits text := peer.e164_digits(number);
  balance numeric;
  available numeric;
  low_balance boolean;
  settings peer.settings;
  earlier peer.call_logs;
  r peer.rates;
  reason text;
  seconds integer := 0;
  hold numeric := 0;
  id uuid;
BEGIN
  SELECT u.credit_balance INTO balance FROM peer.users u WHERE u.id = authorize_call.user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN ROW(NULL, false, 'unknown_user', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  END IF;
  SELECT * INTO settings FROM peer.settings;
  SELECT balance - coalesce(sum(c.credits_held), 0) INTO available FROM peer.call_logs c
    WHERE c.user_id = authorize_call.user_id AND c.ended_at IS NULL AND c.authorized_at IS NOT NULL;
  low_balance := available < settings.low_balance;

  IF call_sid IS NOT NULL THEN
    SELECT * INTO earlier FROM peer.call_logs c WHERE c.call_sid = authorize_call.call_sid AND c.authorized_at IS NOT NULL;
    IF FOUND THEN
      IF earlier.user_id <> authorize_call.user_id THEN
        RAISE EXCEPTION 'call "%" is another user''s', call_sid USING ERRCODE = 'unique_violation';
      END IF;
      RETURN ROW(earlier.id, earlier.status <> 'rejected', earlier.reject_reason, earlier.country, earlier.iso_country, earlier.rate,
        earlier.max_seconds, balance, available, low_balance);
    END IF;
  END IF;

  r := peer.find_rate(digits, peer.e164_digits(caller_id));
  IF r.rate IS NULL THEN
    reason := 'no_rate';
  ELSIF settings.limited THEN
    IF r.rate > settings.max_rate OR r.iso_country = ANY (settings.denied_countries) OR r.iso_country <> ALL (settings.allowed_countries) THEN
      reason := 'destination_blocked';
    ELSIF settings.max_concurrent_calls <= (SELECT count(*) FROM peer.call_logs c
        WHERE c.user_id = authorize_call.user_id AND c.ended_at IS NULL AND c.authorized_at IS NOT NULL) THEN
      reason := 'too_many_calls';
    END IF;
  END IF;
  IF reason IS NULL THEN
    seconds := greatest(0, CASE WHEN r.rate = 0 THEN settings.max_call_seconds
      ELSE least(settings.max_call_seconds, trunc((available - r.connection_fee) * 60 / r.rate)) END);
    IF seconds < r.minimum_seconds THEN
      seconds := 0;
      reason := 'insufficient_credit';
    ELSE
      seconds := seconds - (seconds - r.minimum_seconds) % r.increment_seconds;
      hold := r.connection_fee + round(r.rate * peer.billed_seconds(seconds, r.minimum_seconds, r.increment_seconds) / 60, 6);
    END IF;
  END IF;

  INSERT INTO peer.call_logs (authorized_at, user_id, call_sid, status, reject_reason, phone_number, country, iso_country, deck_id, prefix, rate,
      connection_fee, minimum_seconds, increment_seconds, max_seconds, credits_held, ended_at)
    VALUES (now(), authorize_call.user_id, authorize_call.call_sid, CASE WHEN reason IS NULL THEN 'queued' ELSE 'rejected' END, reason, '+' || digits,
      r.country, r.iso_country, r.deck_id, r.prefix, r.rate, r.connection_fee, r.minimum_seconds, r.increment_seconds, seconds, hold,
      CASE WHEN reason IS NOT NULL THEN now() END)
    RETURNING call_logs.id INTO id;
  RETURN ROW(id, reason IS NULL, reason, r.country, r.iso_country, r.rate, seconds, balance, available - hold, low_balance);
END
$$;

CREATE FUNCTION peer.status_rank(status text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_position(ARRAY['queued', 'initiated', 'ringing', 'in-progress', 'canceled', 'failed', 'no-answer', 'busy', 'completed'], status)
$$;

CREATE FUNCTION peer.record_call_status(
    call_sid text, status text, duration_seconds integer DEFAULT NULL, dial_call_sid text DEFAULT NULL,
    occurred_at timestamptz DEFAULT now(), user_id uuid DEFAULT NULL)
  RETURNS worldtune.call_settlement
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  call peer.call_logs;
  rank integer := peer.status_rank(status);
  final boolean := rank > 4;
  payable integer;
  billed integer;
  cost numeric;
  balance numeric;
BEGIN
  IF rank IS NULL OR duration_seconds < 0 THEN
    RAISE EXCEPTION 'call status "%" or duration % is not recognized', status, duration_seconds USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT * INTO call FROM peer.call_logs c WHERE c.call_sid = record_call_status.call_sid AND c.authorized_at IS NOT NULL FOR NO KEY UPDATE;
  IF NOT FOUND OR call.user_id <> record_call_status.user_id THEN
    RAISE EXCEPTION 'there is no such call: %', call_sid USING ERRCODE = 'no_data_found';
  END IF;

  IF call.status <> 'rejected' AND status = 'completed' AND duration_seconds > 0
     AND (call.billed_at IS NULL OR abs(call.duration_seconds - record_call_status.duration_seconds) > 1
          AND record_call_status.duration_seconds <> ALL (call.reported_seconds)) THEN
    payable := least(duration_seconds, call.max_seconds);
    billed := peer.billed_seconds(payable, call.minimum_seconds, call.increment_seconds);
    cost := call.connection_fee + round(call.rate * billed / 60, 6);
    UPDATE peer.call_logs c SET status = 'completed', ended_at = coalesce(c.ended_at, record_call_status.occurred_at), credits_held = 0,
        duration_seconds = record_call_status.duration_seconds, billed_seconds = billed, duration_minutes = round(billed / 60.0, 2),
        credits_used = cost, billed_at = coalesce(c.billed_at, now()), reported_seconds = c.reported_seconds || record_call_status.duration_seconds,
        dial_call_sid = coalesce(c.dial_call_sid, record_call_status.dial_call_sid)
      WHERE c.id = call.id;
    UPDATE peer.users u SET credit_balance = u.credit_balance - cost + call.credits_used WHERE u.id = call.user_id RETURNING u.credit_balance INTO balance;
    INSERT INTO peer.credit_ledger (user_id, delta, balance_after, kind, call_id, note)
      VALUES (call.user_id, call.credits_used - cost, balance, CASE WHEN call.billed_at IS NULL THEN 'call' ELSE 'adjustment' END, call.id,
        CASE WHEN call.billed_at IS NOT NULL THEN format('%s s had been reported, then %s s', call.duration_seconds, duration_seconds) END);
    RETURN ROW(call.id, call.user_id, status, true, true, billed, cost, balance);
  END IF;

  SELECT u.credit_balance INTO balance FROM peer.users u WHERE u.id = call.user_id;
  IF call.status = 'rejected' OR call.billed_at IS NOT NULL OR rank <= peer.status_rank(call.status)
     OR status = 'completed' AND duration_seconds IS NULL THEN
    RETURN ROW(call.id, call.user_id, call.status, false, call.billed_at IS NOT NULL, call.billed_seconds, call.credits_used, balance);
  END IF;
  UPDATE peer.call_logs c SET status = record_call_status.status,
      answered_at = CASE WHEN record_call_status.status = 'in-progress' THEN coalesce(c.answered_at, record_call_status.occurred_at) ELSE c.answered_at END,
      ended_at = CASE WHEN final THEN coalesce(c.ended_at, record_call_status.occurred_at) END, credits_held = CASE WHEN final THEN 0 ELSE c.credits_held END,
      duration_seconds = coalesce(record_call_status.duration_seconds, c.duration_seconds),
      dial_call_sid = coalesce(c.dial_call_sid, record_call_status.dial_call_sid)
    WHERE c.id = call.id;
  RETURN ROW(call.id, call.user_id, status, true, false, call.billed_seconds, call.credits_used, balance);
END
$$;

INSERT INTO peer.users (id, credit_balance) SELECT id, credit_balance FROM public.users;
GRANT USAGE ON SCHEMA peer TO worldtune_relay;
