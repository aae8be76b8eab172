-- The operator's settings: one typed row, made by setup(), read at every authorisation, so that a change counts from the next call on.

CREATE TABLE worldtune.settings (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  max_call_seconds integer NOT NULL DEFAULT 14400 CHECK (max_call_seconds BETWEEN 1 AND 86400),
  low_balance numeric(18,6) NOT NULL DEFAULT 1 CHECK (low_balance >= 0)
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.settings', '');

COMMENT ON TABLE worldtune.settings IS 'The operator''s settings, one row. UPDATE it; the next call obeys.';
COMMENT ON COLUMN worldtune.settings.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN worldtune.settings.max_call_seconds IS
  'No call is authorised for longer, in seconds. 14400 is Twilio''s own limit for <Dial>, 86400 needs their 24-hour setting.';
COMMENT ON COLUMN worldtune.settings.low_balance IS 'Below so many available credits a balance is called low.';
