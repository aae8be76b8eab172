CREATE FUNCTION worldtune_internal.acting_as() RETURNS text
  LANGUAGE c STABLE PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'worldtune_acting_as';
COMMENT ON FUNCTION worldtune_internal.acting_as() IS
  'Who is acting, for the record: the role, the session''s user, and the user of the request''s JWT, if any.';

-- The operator's settings: one typed row, made by setup(), read at every authorisation, so that a change counts from the next call on.

CREATE FUNCTION worldtune_internal.are_country_codes(codes text[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(bool_and(code IS NOT NULL AND code ~ '^[A-Z]{2}$'), true) FROM unnest(codes) AS code
$$;
COMMENT ON FUNCTION worldtune_internal.are_country_codes(text[]) IS
  'Whether all of these are ISO 3166-1 alpha-2 codes as rate decks write them: a limit by gb or GBR would forbid nothing.';

CREATE TABLE worldtune.settings (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  max_call_seconds integer NOT NULL DEFAULT 14400 CHECK (max_call_seconds BETWEEN 1 AND 86400),
  low_balance numeric(18,6) NOT NULL DEFAULT 1 CHECK (low_balance >= 0),
  hold_expiry_seconds integer NOT NULL DEFAULT 300 CHECK (hold_expiry_seconds > 0),
  overdue_grace_seconds integer NOT NULL DEFAULT 60 CHECK (overdue_grace_seconds >= 0),
  max_concurrent_calls integer CHECK (max_concurrent_calls >= 0),
  max_spend_per_day numeric(18,6) CHECK (max_spend_per_day >= 0),
  max_rate numeric(18,6) CHECK (max_rate >= 0),
  high_cost_rate numeric(18,6) CHECK (high_cost_rate >= 0),
  max_high_cost_prefixes_per_hour integer CHECK (max_high_cost_prefixes_per_hour >= 0),
  allowed_countries text[] CHECK (worldtune_internal.are_country_codes(allowed_countries)),
  denied_countries text[] CHECK (worldtune_internal.are_country_codes(denied_countries)),
  store_masked_numbers boolean NOT NULL DEFAULT false,
  caller_id text CHECK (caller_id ~ '^\+[1-9][0-9]{6,14}$'),
  limited boolean GENERATED ALWAYS AS (max_concurrent_calls IS NOT NULL OR max_spend_per_day IS NOT NULL OR max_rate IS NOT NULL
    OR max_high_cost_prefixes_per_hour IS NOT NULL OR allowed_countries IS NOT NULL OR denied_countries IS NOT NULL) STORED
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.settings', '');

CREATE TABLE worldtune.user_limits (
  user_id uuid PRIMARY KEY,
  max_call_seconds integer CHECK (max_call_seconds BETWEEN 1 AND 86400),
  max_concurrent_calls integer CHECK (max_concurrent_calls >= 0),
  max_spend_per_day numeric(18,6) CHECK (max_spend_per_day >= 0),
  max_rate numeric(18,6) CHECK (max_rate >= 0),
  high_cost_rate numeric(18,6) CHECK (high_cost_rate >= 0),
  max_high_cost_prefixes_per_hour integer CHECK (max_high_cost_prefixes_per_hour >= 0),
  allowed_countries text[] CHECK (worldtune_internal.are_country_codes(allowed_countries)),
  denied_countries text[] CHECK (worldtune_internal.are_country_codes(denied_countries))
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.user_limits', '');
COMMENT ON TABLE worldtune.user_limits IS 'Limits of single users: each column that is not NULL takes the place of the setting of that name.';

COMMENT ON TABLE worldtune.settings IS 'The operator''s settings, one row. UPDATE it; the next call obeys.';
COMMENT ON COLUMN worldtune.settings.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN worldtune.settings.max_call_seconds IS
  'No call is authorised for longer, in seconds. 14400 is Twilio''s own limit for <Dial>, 86400 needs their 24-hour setting.';
COMMENT ON COLUMN worldtune.settings.low_balance IS 'Below so many available credits a balance is called low.';
COMMENT ON COLUMN worldtune.settings.hold_expiry_seconds IS 'A call of which nothing was heard for so many seconds after it was authorised never came to life: expire_holds() releases its hold.';
COMMENT ON COLUMN worldtune.settings.overdue_grace_seconds IS 'overdue_calls() waits so many seconds beyond what was authorised: tearing a call down and telling of it takes time.';
COMMENT ON COLUMN worldtune.settings.max_concurrent_calls IS 'So many calls of a user may be open at once, else too_many_calls. NULL: any.';
COMMENT ON COLUMN worldtune.settings.max_spend_per_day IS 'A user''s calls of the last 24 hours cost at most so many credits, holds counted; calls are shortened to fit, else spend_limit. NULL: any.';
COMMENT ON COLUMN worldtune.settings.max_rate IS 'Dearer destinations (credits a minute) are refused: destination_blocked. NULL: none.';
COMMENT ON COLUMN worldtune.settings.high_cost_rate IS 'From so many credits a minute on a destination counts as high-cost. NULL: none does.';
COMMENT ON COLUMN worldtune.settings.max_high_cost_prefixes_per_hour IS 'A user calls so many different high-cost prefixes within an hour, else too_many_calls: toll fraud spreads over ranges. NULL: any.';
COMMENT ON COLUMN worldtune.settings.allowed_countries IS 'ISO 3166-1 alpha-2 codes; others are destination_blocked. NULL: all are allowed.';
COMMENT ON COLUMN worldtune.settings.denied_countries IS 'ISO 3166-1 alpha-2 codes that are destination_blocked.';
COMMENT ON COLUMN worldtune.settings.store_masked_numbers IS 'Whether call_logs gets numbers masked from the start: see mask_number().';
COMMENT ON COLUMN worldtune.settings.caller_id IS 'The number (E.164) that calls show, where a check or an authorisation is asked without one: decks may price by it. NULL: none, the row for any origination counts.';
COMMENT ON COLUMN worldtune.settings.limited IS 'Whether any of the limits above is set; without one authorising need not look at a user''s recent calls.';

CREATE FUNCTION worldtune_internal.limits_of(user_id uuid) RETURNS worldtune.user_limits
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT $1, coalesce(l.max_call_seconds, s.max_call_seconds), coalesce(l.max_concurrent_calls, s.max_concurrent_calls),
    coalesce(l.max_spend_per_day, s.max_spend_per_day), coalesce(l.max_rate, s.max_rate), coalesce(l.high_cost_rate, s.high_cost_rate),
    coalesce(l.max_high_cost_prefixes_per_hour, s.max_high_cost_prefixes_per_hour),
    coalesce(l.allowed_countries, s.allowed_countries), coalesce(l.denied_countries, s.denied_countries)
  FROM worldtune.settings s LEFT JOIN worldtune.user_limits l ON l.user_id = $1
$$;
COMMENT ON FUNCTION worldtune_internal.limits_of(uuid) IS 'The limits that apply to that user: the own ones where set, else the settings.';
