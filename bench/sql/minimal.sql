-- The least that holds credit for a call and bills it: three narrow tables, two short functions. No limits, blocks or overrides, no second request for the
-- same call, no events out of order, no correction, no guards. Rates are those of the other peer.

CREATE SCHEMA minimal;

CREATE TABLE minimal.users (
  id uuid PRIMARY KEY,
  credit_balance numeric(18,6) NOT NULL,
  credit_held numeric(18,6) NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE TABLE minimal.calls (
  call_sid text PRIMARY KEY,
  user_id uuid NOT NULL,
  number text NOT NULL,
  rate numeric(18,6) NOT NULL,
  credits_held numeric(18,6) NOT NULL,
  max_seconds integer NOT NULL,
  billed_seconds integer,
  credits_used numeric(18,6)
) WITH (fillfactor = 80);
CREATE TABLE minimal.ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  delta numeric(18,6) NOT NULL,
  balance_after numeric(18,6) NOT NULL,
  call_sid text NOT NULL
);

CREATE FUNCTION minimal.authorize_call(user_id uuid, number text, call_sid text) RETURNS integer
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  available numeric;
  rate numeric;
  seconds integer;
  hold numeric;
BEGIN
  SELECT r.rate INTO rate FROM peer.rates r
  WHERE r.prefix = ANY (ARRAY[left(number, 1), left(number, 2), left(number, 3), left(number, 4), left(number, 5), left(number, 6), left(number, 7),
    left(number, 8), left(number, 9)])
  ORDER BY length(r.prefix) DESC LIMIT 1;
  SELECT u.credit_balance - u.credit_held INTO available FROM minimal.users u WHERE u.id = authorize_call.user_id FOR NO KEY UPDATE;
  seconds := least(14400, trunc(available / rate) * 60);
  hold := rate * seconds / 60;
  UPDATE minimal.users u SET credit_held = u.credit_held + hold WHERE u.id = authorize_call.user_id;
  INSERT INTO minimal.calls (call_sid, user_id, number, rate, credits_held, max_seconds)
    VALUES (authorize_call.call_sid, authorize_call.user_id, authorize_call.number, rate, hold, seconds);
  RETURN seconds;
END
$$;

CREATE FUNCTION minimal.record_call_status(call_sid text, status text, duration_seconds integer) RETURNS numeric
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  call minimal.calls;
  seconds integer;
  cost numeric;
  balance numeric;
BEGIN
  SELECT * INTO call FROM minimal.calls c WHERE c.call_sid = record_call_status.call_sid FOR NO KEY UPDATE;
  seconds := (least(duration_seconds, call.max_seconds) + 59) / 60 * 60;
  cost := round(call.rate * seconds / 60, 6);
  UPDATE minimal.calls c SET credits_held = 0, billed_seconds = seconds, credits_used = cost WHERE c.call_sid = call.call_sid;
  UPDATE minimal.users u SET credit_balance = u.credit_balance - cost, credit_held = u.credit_held - call.credits_held WHERE u.id = call.user_id
    RETURNING u.credit_balance INTO balance;
  INSERT INTO minimal.ledger (user_id, delta, balance_after, call_sid) VALUES (call.user_id, -cost, balance, call.call_sid);
  RETURN balance;
END
$$;

INSERT INTO minimal.users (id, credit_balance) SELECT id, credit_balance FROM public.users;
GRANT USAGE ON SCHEMA minimal, peer TO worldtune_relay;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA minimal TO worldtune_relay;
GRANT SELECT ON peer.rates TO worldtune_relay;
