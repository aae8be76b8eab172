-- The columns of answers mean the same wherever they stand: each name once. What says something of its own is commented where its type is made.

DO $$
DECLARE
  listed record;
BEGIN
  FOR listed IN
    SELECT c.oid::regclass AS type, a.attname, d.description
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.col_description(c.oid, a.attnum) IS NULL
    JOIN (VALUES
      ('allowed', 'Whether the call may be made.'),
      ('reason', 'Why not: insufficient_credit, no_rate, destination_blocked, too_many_calls, too_many_destinations, spend_limit, suspended, unknown_user. NULL: allowed.'),
      ('balance', 'What the user owns, in credits.'),
      ('held', 'What calls in progress hold of it, in credits.'),
      ('available', 'balance less what is held, in credits.'),
      ('required', 'What a call of so many minutes costs, in credits.'),
      ('low_balance', 'Whether less is available than settings.low_balance.'),
      ('rate', 'Credits a minute.'),
      ('connection_fee', 'What an answered call costs beside its minutes, in credits.'),
      ('minimum_seconds', 'An answered call is billed for at least so many seconds.'),
      ('increment_seconds', 'And beyond the minimum in whole steps of so many seconds.'),
      ('max_seconds', 'The longest call that is authorised, or that the available credit pays for, in seconds.'),
      ('country', 'Where the number is, as the rate deck names it.'),
      ('iso_country', 'ISO 3166-1 alpha-2.'),
      ('call_id', 'The call: call_logs.id.'),
      ('call_sid', 'Twilio''s SID of the caller''s leg; NULL until Twilio named it.'),
      ('dial_call_sid', 'Twilio''s SID of the dialled leg.'),
      ('user_id', 'The user: users.id.'),
      ('number', 'The number called, E.164.'),
      ('phone_number', 'The number called, E.164, or masked.'),
      ('status', 'Of the call, in Twilio''s words, or rejected: see call_logs.status.'),
      ('created', 'Whether this very request made the call; false: an earlier one did.'),
      ('changed', 'Whether the call''s row changed.'),
      ('billed', 'Whether the call is charged.'),
      ('billed_seconds', 'The seconds charged: minimum and increments applied.'),
      ('credits_used', 'What the call cost the user, in credits.'),
      ('credits_refunded', 'What of that was given back, in credits.'),
      ('recorded', 'Whether there is a recording to hear.'),
      ('transcript', 'What was said, a line an utterance, as far as it is known and kept.'),
      ('carrier_cost', 'What the carrier charges for it, in US dollars; NULL until known.'),
      ('differences', 'Where the carrier''s account differs from ours, in words.'),
      ('overdue_seconds', 'How long ago it should have been over, in seconds.'),
      ('why', 'past_limit (it talks longer than authorised), suspended (its user was), no_final_status (nothing was heard of its end).'),
      ('created_at', 'When the row was made.'),
      ('answered_at', 'When the dialled leg was answered.'),
      ('ended_at', 'When it ended; NULL while it lasts.'),
      ('duration_seconds', 'How long the dialled leg lasted, in seconds.'),
      ('duration_minutes', 'Billed minutes.'),
      ('reject_reason', 'Why a rejected call was refused.'),
      ('invariant', 'The rule of the books that does not hold.'),
      ('object', 'What was looked at.'),
      ('action', 'What was done, or is to be done; ok: nothing.'),
      ('detail', 'What was found, in words.')
    ) AS d(column_name, description) ON d.column_name = a.attname
    WHERE c.relkind = 'c' AND c.relnamespace = 'worldtune'::regnamespace
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', listed.type, listed.attname, listed.description);
  END LOOP;
END
$$;
