CREATE FUNCTION worldtune_internal.acting_as() RETURNS text
  LANGUAGE c STABLE PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'worldtune_acting_as';
COMMENT ON FUNCTION worldtune_internal.acting_as() IS
  'Who is acting, for the record: the role, the session''s user, and the user of the request''s JWT, if any.';

-- The operator's settings: one typed row, made by setup(), read at every authorisation, so that a change counts from the next call on.

CREATE FUNCTION worldtune_internal.country_codes() RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- ISO 3166-1 alpha-2, all 249; XK is what everybody writes for Kosovo, which has none.
  SELECT string_to_array('AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ '
      || 'EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY '
      || 'KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY '
      || 'QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM '
      || 'ZW ' || 'XK', ' ')
$$;
COMMENT ON FUNCTION worldtune_internal.country_codes() IS 'The codes of countries: ISO 3166-1 alpha-2, and XK for Kosovo.';

CREATE FUNCTION worldtune_internal.are_country_codes(codes text[]) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- What is often written in place of the code; AC and TA are reserved for parts of SH.
  mistaken jsonb := '{"UK": "GB", "EL": "GR", "AC": "SH", "TA": "SH", "USA": "US", "GBR": "GB"}';
  code text;
BEGIN
  FOREACH code IN ARRAY coalesce(codes, '{}') LOOP
    CONTINUE WHEN code = ANY (worldtune_internal.country_codes());
    RAISE EXCEPTION '% is not a country code', coalesce('"' || code || '"', 'NULL') USING ERRCODE = 'check_violation',
      HINT = CASE WHEN mistaken ? upper(code) THEN format('Write %s.', mistaken->>upper(code))
        WHEN upper(code) = ANY (worldtune_internal.country_codes()) THEN format('Write %s.', upper(code))
        ELSE 'Write the two letters of ISO 3166-1, like GB, FR or US; XK for Kosovo.' END;
  END LOOP;
  RETURN true;
END
$$;
COMMENT ON FUNCTION worldtune_internal.are_country_codes(text[]) IS
  'True when all of these are country codes as rate decks write them; else 23514, which says what to write: a limit by gb or UK would forbid nothing.';

-- The CHECKs of the operator's tables: what cannot be is refused in words that say what to write.

CREATE FUNCTION worldtune_internal.refuse_value(message text, hint text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = message, HINT = hint;
END
$$;
COMMENT ON FUNCTION worldtune_internal.refuse_value(text, text) IS 'Raises 23514 with that message and hint: the last word of a CHECK.';

CREATE FUNCTION worldtune_internal.are_allowed_countries(codes text[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN codes = '{}' THEN worldtune_internal.refuse_value('allowed_countries is empty: nobody could call anywhere', 'Write the countries that may be called, or NULL for all.')
    ELSE worldtune_internal.are_country_codes(codes) END
$$;
COMMENT ON FUNCTION worldtune_internal.are_allowed_countries(text[]) IS 'are_country_codes(), and not none at all. An empty denied_countries lifts those of the settings for a user.';

CREATE FUNCTION worldtune_internal.is_count(name text, number integer, at_least integer, at_most integer DEFAULT NULL) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN number < at_least OR number > at_most THEN worldtune_internal.refuse_value(
      format(CASE WHEN at_most IS NULL THEN '%1$s must be at least %2$s, not %4$s' ELSE '%1$s must be from %2$s to %3$s, not %4$s' END, name, at_least, at_most, number),
      format(CASE WHEN at_most IS NULL THEN 'Write a whole number, %1$s or more.' ELSE 'Write a whole number from %1$s to %2$s.' END, at_least, at_most))
    ELSE true END
$$;
COMMENT ON FUNCTION worldtune_internal.is_count(text, integer, integer, integer) IS 'True for a number of the range and for NULL; else 23514, which names the column and what to write.';

CREATE FUNCTION worldtune_internal.is_amount(name text, amount numeric, at_most numeric DEFAULT 999999999999.999999) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN amount IS NULL OR amount BETWEEN 0 AND at_most AND amount = round(amount, 6) THEN true
    ELSE worldtune_internal.refuse_value(format('%s must be from 0 to %s credits with at most six decimals, not %s', name, at_most, amount),
      CASE WHEN amount BETWEEN 0 AND at_most THEN format('Write %s.', trim_scale(round(amount, 6))) ELSE 'Write an amount in credits, like 0.14 or 2.' END) END
$$;
COMMENT ON FUNCTION worldtune_internal.is_amount(text, numeric, numeric) IS
  'True for an amount of credits that can be kept as it is, and for NULL; else 23514, which names the column and what to write: nothing is rounded in silence.';

CREATE FUNCTION worldtune_internal.is_prefix(prefix text) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN prefix ~ '^[1-9][0-9]{0,14}$' THEN true
    ELSE worldtune_internal.refuse_value(format('prefix "%s" is not the beginning of an international number', prefix),
      CASE WHEN d.digits ~ '^[1-9][0-9]{0,14}$' THEN format('Write %s.', d.digits) ELSE 'Write digits, the country code first: 44, or 4420 for a part of it.' END) END
  FROM (SELECT regexp_replace(prefix, '^\s*(\+|00)|[^0-9A-Za-z+]', '', 'g') AS digits) d
$$;
COMMENT ON FUNCTION worldtune_internal.is_prefix(text) IS 'True for leading digits of numbers, the country code first; else 23514, which says what to write.';

CREATE FUNCTION worldtune_internal.is_caller_id(number text) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  hint text := 'Write the number that calls show, like +442079460958; NULL for none.';
BEGIN
  IF number IS NULL OR number ~ '^\+[1-9][0-9]{6,14}$' THEN
    RETURN true;
  END IF;
  BEGIN
    hint := format('Write %s.', worldtune.e164(number));
  EXCEPTION WHEN invalid_parameter_value THEN NULL;
  END;
  RETURN worldtune_internal.refuse_value(format('caller_id "%s" is not a number in E.164', number), hint);
END
$$;
COMMENT ON FUNCTION worldtune_internal.is_caller_id(text) IS 'True for a number in E.164 and for NULL; else 23514, which says what to write.';

CREATE TABLE worldtune.settings (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row OR worldtune_internal.refuse_value('worldtune.settings has one row', 'Leave only_row as it is.')),
  max_call_seconds integer NOT NULL DEFAULT 14400 CHECK (worldtune_internal.is_count('max_call_seconds', max_call_seconds, 1, 86400)),
  low_balance numeric NOT NULL DEFAULT 1 CHECK (worldtune_internal.is_amount('low_balance', low_balance)),
  hold_expiry_seconds integer NOT NULL DEFAULT 300 CHECK (worldtune_internal.is_count('hold_expiry_seconds', hold_expiry_seconds, 1)),
  overdue_grace_seconds integer NOT NULL DEFAULT 60 CHECK (worldtune_internal.is_count('overdue_grace_seconds', overdue_grace_seconds, 0)),
  max_concurrent_calls integer CHECK (worldtune_internal.is_count('max_concurrent_calls', max_concurrent_calls, 0)),
  max_spend_per_day numeric CHECK (worldtune_internal.is_amount('max_spend_per_day', max_spend_per_day)),
  max_rate numeric CHECK (worldtune_internal.is_amount('max_rate', max_rate)),
  high_cost_rate numeric CHECK (worldtune_internal.is_amount('high_cost_rate', high_cost_rate)),
  max_high_cost_prefixes_per_hour integer CHECK (worldtune_internal.is_count('max_high_cost_prefixes_per_hour', max_high_cost_prefixes_per_hour, 0)),
  allowed_countries text[] CHECK (worldtune_internal.are_allowed_countries(allowed_countries)),
  denied_countries text[] CHECK (worldtune_internal.are_country_codes(denied_countries)),
  store_masked_numbers boolean NOT NULL DEFAULT false,
  caller_id text CHECK (worldtune_internal.is_caller_id(caller_id)),
  limited boolean GENERATED ALWAYS AS (max_concurrent_calls IS NOT NULL OR max_spend_per_day IS NOT NULL OR max_rate IS NOT NULL
    OR max_high_cost_prefixes_per_hour IS NOT NULL OR allowed_countries IS NOT NULL OR denied_countries IS NOT NULL) STORED,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  set_by text NOT NULL DEFAULT worldtune_internal.acting_as()
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.settings', '');

CREATE TABLE worldtune.user_limits (
  user_id uuid PRIMARY KEY,
  max_call_seconds integer CHECK (worldtune_internal.is_count('max_call_seconds', max_call_seconds, 1, 86400)),
  max_concurrent_calls integer CHECK (worldtune_internal.is_count('max_concurrent_calls', max_concurrent_calls, 0)),
  max_spend_per_day numeric CHECK (worldtune_internal.is_amount('max_spend_per_day', max_spend_per_day)),
  max_rate numeric CHECK (worldtune_internal.is_amount('max_rate', max_rate)),
  high_cost_rate numeric CHECK (worldtune_internal.is_amount('high_cost_rate', high_cost_rate)),
  max_high_cost_prefixes_per_hour integer CHECK (worldtune_internal.is_count('max_high_cost_prefixes_per_hour', max_high_cost_prefixes_per_hour, 0)),
  allowed_countries text[] CHECK (worldtune_internal.are_allowed_countries(allowed_countries)),
  denied_countries text[] CHECK (worldtune_internal.are_country_codes(denied_countries)),
  suspended_at timestamptz,
  suspended_reason text,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  set_by text NOT NULL DEFAULT worldtune_internal.acting_as(),
  -- How long it has been is counted, for all users in one query.
  CHECK (suspended_at IS NULL OR isfinite(suspended_at)
    OR worldtune_internal.refuse_value('suspended_at must be a moment', 'Call worldtune.suspend_user(user_id, reason): it lasts until resume_user(user_id).')),
  CHECK ((suspended_at IS NULL) = (suspended_reason IS NULL)
    OR worldtune_internal.refuse_value('suspended_at and suspended_reason are set together', 'Call worldtune.suspend_user(user_id, reason), or resume_user(user_id).'))
);
COMMENT ON COLUMN worldtune.user_limits.suspended_at IS 'Since when the user may place no call: see suspend_user(). NULL: not suspended.';
COMMENT ON COLUMN worldtune.user_limits.suspended_reason IS 'Why, for the back office; the user is not told.';
SELECT pg_catalog.pg_extension_config_dump('worldtune.user_limits', '');
COMMENT ON TABLE worldtune.user_limits IS 'Limits of single users: each column that is not NULL takes the place of the setting of that name.';
COMMENT ON COLUMN worldtune.user_limits.user_id IS 'The user, of public.users.';

COMMENT ON TABLE worldtune.settings IS 'The operator''s settings, one row. UPDATE it; the next call obeys.';
COMMENT ON COLUMN worldtune.settings.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN worldtune.settings.max_call_seconds IS
  'No call is authorised for longer, in seconds. 14400 is Twilio''s own limit for <Dial>, 86400 needs their 24-hour setting.';
COMMENT ON COLUMN worldtune.settings.low_balance IS 'Below so many available credits a balance is called low.';
COMMENT ON COLUMN worldtune.settings.hold_expiry_seconds IS 'A call that the carrier did not name (no SID) within so many seconds after it was authorised never came to life: expire_holds() releases its hold. One with a SID is to be heard of within them.';
COMMENT ON COLUMN worldtune.settings.overdue_grace_seconds IS 'overdue_calls() waits so many seconds beyond what was authorised: tearing a call down and telling of it takes time.';
COMMENT ON COLUMN worldtune.settings.max_concurrent_calls IS 'So many calls of a user may be open at once, else too_many_calls. NULL: any.';
COMMENT ON COLUMN worldtune.settings.max_spend_per_day IS 'A user''s calls of the last 24 hours cost at most so many credits, holds counted; calls are shortened to fit, else spend_limit. NULL: any.';
COMMENT ON COLUMN worldtune.settings.max_rate IS 'Dearer destinations (credits a minute) are refused: destination_blocked. NULL: none.';
COMMENT ON COLUMN worldtune.settings.high_cost_rate IS 'From so many credits a minute on a destination counts as high-cost. NULL: none does.';
COMMENT ON COLUMN worldtune.settings.max_high_cost_prefixes_per_hour IS 'A user calls so many different high-cost prefixes within an hour, else too_many_destinations: toll fraud spreads over ranges. NULL: any.';
COMMENT ON COLUMN worldtune.settings.allowed_countries IS 'ISO 3166-1 alpha-2 codes; others are destination_blocked. NULL: all are allowed.';
COMMENT ON COLUMN worldtune.settings.denied_countries IS 'ISO 3166-1 alpha-2 codes that are destination_blocked.';
COMMENT ON COLUMN worldtune.settings.store_masked_numbers IS 'Whether call_logs gets numbers masked from the start: see mask_number().';
COMMENT ON COLUMN worldtune.settings.caller_id IS 'The number (E.164) that calls show, where a check or an authorisation is asked without one: decks may price by it. NULL: none, the row for any origination counts.';
COMMENT ON COLUMN worldtune.settings.limited IS 'Whether any of the limits above is set; without one authorising need not look at a user''s recent calls.';

COMMENT ON COLUMN worldtune.settings.since IS 'From when on the row says so; before that, see settings_history.';
COMMENT ON COLUMN worldtune.settings.set_by IS 'Who set it: the role, the session''s user and the signed-in user, if any.';

-- What the columns of user_limits mean, the settings say.
DO $$
DECLARE
  setting record;
BEGIN
  FOR setting IN SELECT l.attname, col_description(s.attrelid, s.attnum) AS meaning FROM pg_catalog.pg_attribute l
      JOIN pg_catalog.pg_attribute s ON s.attrelid = 'worldtune.settings'::regclass AND s.attname = l.attname AND s.attnum > 0
      WHERE l.attrelid = 'worldtune.user_limits'::regclass LOOP
    EXECUTE format('COMMENT ON COLUMN worldtune.user_limits.%I IS %L', setting.attname, replace(setting.meaning, 'settings_history', 'user_limits_history'));
  END LOOP;
END
$$;

-- Without its row every check would fail, and another setup() would begin again with the defaults.
CREATE FUNCTION worldtune_internal.guard_settings() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'the row of worldtune.settings cannot be deleted' USING ERRCODE = 'object_not_in_prerequisite_state',
    HINT = 'UPDATE it; column = DEFAULT takes a setting back.';
END
$$;
COMMENT ON FUNCTION worldtune_internal.guard_settings() IS 'Trigger: the settings keep their row.';

CREATE TRIGGER guard_settings BEFORE DELETE OR TRUNCATE ON worldtune.settings
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.guard_settings();

-- In place of a foreign key to a table that is not the extension's: a dump would not carry that.
CREATE FUNCTION worldtune_internal.require_limited_user() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  readable boolean := (SELECT c.relkind = 'r' AND a.atttypid = 'uuid'::regtype AND has_column_privilege(c.oid, a.attnum, 'SELECT')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id' WHERE c.oid = to_regclass('public.users'));
BEGIN
  -- The library, once it is loaded, has the queries planned as the table's owner.
  PERFORM worldtune.library_version();
  IF readable IS NULL THEN
    PERFORM worldtune_internal.require_tables();
  ELSIF readable THEN
    -- A restore may fill the tables in any order: where there are no users yet, all are unknown.
    IF NOT EXISTS (SELECT FROM ONLY public.users u WHERE u.id = NEW.user_id) AND EXISTS (SELECT FROM ONLY public.users) THEN
      RAISE EXCEPTION 'there is no user %', NEW.user_id USING ERRCODE = 'foreign_key_violation', HINT = 'Limits are for rows of public.users.';
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION worldtune_internal.require_limited_user() IS 'Trigger: 23503 for a limit of a user that public.users does not know; PT503 before setup().';

CREATE TRIGGER require_limited_user BEFORE INSERT OR UPDATE OF user_id ON worldtune.user_limits
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.require_limited_user();

CREATE FUNCTION worldtune_internal.limits_of(user_id uuid) RETURNS worldtune.user_limits
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT $1, coalesce(l.max_call_seconds, s.max_call_seconds), coalesce(l.max_concurrent_calls, s.max_concurrent_calls),
    coalesce(l.max_spend_per_day, s.max_spend_per_day), coalesce(l.max_rate, s.max_rate), coalesce(l.high_cost_rate, s.high_cost_rate),
    coalesce(l.max_high_cost_prefixes_per_hour, s.max_high_cost_prefixes_per_hour),
    coalesce(l.allowed_countries, s.allowed_countries), coalesce(l.denied_countries, s.denied_countries),
    l.suspended_at, l.suspended_reason, l.since, l.set_by
  FROM worldtune.settings s LEFT JOIN worldtune.user_limits l ON l.user_id = $1
$$;
COMMENT ON FUNCTION worldtune_internal.limits_of(uuid) IS 'The limits that apply to that user: the own ones where set, else the settings.';
