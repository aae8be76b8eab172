
-- What the operator says of destinations, whatever deck is in force: own prices, and where nobody may call.

CREATE TABLE worldtune.rate_overrides (
  prefix text COLLATE "C" PRIMARY KEY CHECK (worldtune_internal.is_prefix(prefix)),
  rate numeric CHECK (worldtune_internal.is_amount('rate', rate, 100)),
  connection_fee numeric CHECK (worldtune_internal.is_amount('connection_fee', connection_fee, 100)),
  minimum_seconds integer CHECK (worldtune_internal.is_count('minimum_seconds', minimum_seconds, 0, 3600)),
  increment_seconds integer CHECK (worldtune_internal.is_count('increment_seconds', increment_seconds, 1, 3600)),
  reason text,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  set_by text NOT NULL DEFAULT worldtune_internal.acting_as(),
  CHECK (num_nonnulls(rate, connection_fee, minimum_seconds, increment_seconds) > 0
    OR worldtune_internal.refuse_value(format('the own price for "%s" sets nothing', prefix), 'Write a rate, a connection_fee, minimum_seconds or increment_seconds; what is NULL is as the deck says.'))
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.rate_overrides', '');
COMMENT ON TABLE worldtune.rate_overrides IS
  'The operator''s own prices: the longest prefix of the number wins, over any row of any deck, the longer ones too. What is NULL is as the deck says; where the deck has no rate: no fee, 60 and 60 seconds.';
COMMENT ON COLUMN worldtune.rate_overrides.prefix IS 'Leading digits of the dialled number, country code first.';
COMMENT ON COLUMN worldtune.rate_overrides.rate IS 'Credits a minute; 0 is free of charge.';
COMMENT ON COLUMN worldtune.rate_overrides.connection_fee IS 'Credits, once, when the call is answered.';
COMMENT ON COLUMN worldtune.rate_overrides.minimum_seconds IS 'An answered call is billed for at least this long.';
COMMENT ON COLUMN worldtune.rate_overrides.increment_seconds IS 'Beyond the minimum, whole steps of this are billed.';
COMMENT ON COLUMN worldtune.rate_overrides.reason IS 'Why, for whoever reads the table later.';
COMMENT ON COLUMN worldtune.rate_overrides.since IS 'From when on the row says so; before that, see rate_overrides_history.';
COMMENT ON COLUMN worldtune.rate_overrides.set_by IS 'Who set it: the role, the session''s user and the signed-in user, if any.';

CREATE TABLE worldtune.destination_blocks (
  prefix text COLLATE "C" PRIMARY KEY CHECK (worldtune_internal.is_prefix(prefix)),
  reason text NOT NULL CHECK (btrim(reason) <> '' OR worldtune_internal.refuse_value('a block has its reason', 'Write into reason why nobody may call there.')),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  set_by text NOT NULL DEFAULT worldtune_internal.acting_as()
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.destination_blocks', '');
COMMENT ON TABLE worldtune.destination_blocks IS
  'Where nobody may call: destination_blocked. The first setup() fills in default_destination_blocks(); from then on the rows are the operator''s.';
COMMENT ON COLUMN worldtune.destination_blocks.prefix IS 'Leading digits of the dialled number, country code first.';
COMMENT ON COLUMN worldtune.destination_blocks.reason IS 'Why, for whoever reads the table later.';
COMMENT ON COLUMN worldtune.destination_blocks.since IS 'From when on the row says so; before that, see destination_blocks_history.';
COMMENT ON COLUMN worldtune.destination_blocks.set_by IS 'Who set it: the role, the session''s user and the signed-in user, if any.';

CREATE FUNCTION worldtune_internal.default_destination_blocks() RETURNS TABLE (prefix text, reason text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp ROWS 80
AS $$
  -- Whole ranges that a country's numbering plan gives to nothing else; countries and mobile networks that fraud is known from are the limits' task.
  SELECT unnest(string_to_array(prefixes, ' ')), reason FROM (VALUES
    ('premium rate', '1900 3090 31900 31906 31909 3290 33891 33892 33897 33898 33899 34803 34806 34807 351760 35790 358600 358700 '
      '35990 3690 370900 371900 372900 380900 38190 38560 38690 39166 39892 39894 39895 39899 4090 41900 41901 41906 '
      '42090 421900 4390 43930 43931 43939 449 4590 46900 46939 46944 47820 47829 4870 49137 49900 52900 55900 61190 '
      '64900 7809 81990'),
    ('personal numbers, sold as premium rate', '4470'),
    ('international premium rate', '979'),
    ('international shared cost', '808'),
    ('universal personal numbers', '878'),
    ('satellite', '870 881'),
    ('international networks, known for revenue share', '882 883')
  ) AS ranges(reason, prefixes)
$$;
COMMENT ON FUNCTION worldtune_internal.default_destination_blocks() IS
  'Premium-rate, satellite and known revenue-share ranges, as they ship: what the first setup() blocks.';

CREATE TRIGGER signal_rate_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON worldtune.rate_overrides
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.signal_rate_change();
CREATE TRIGGER signal_rate_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON worldtune.destination_blocks
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.signal_rate_change();
ALTER TABLE worldtune.rate_overrides ENABLE ALWAYS TRIGGER signal_rate_change;
ALTER TABLE worldtune.destination_blocks ENABLE ALWAYS TRIGGER signal_rate_change;
CREATE TRIGGER signal_replicated_change AFTER INSERT OR UPDATE OR DELETE ON worldtune.rate_overrides
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.signal_rate_change();
CREATE TRIGGER signal_replicated_change AFTER INSERT OR UPDATE OR DELETE ON worldtune.destination_blocks
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.signal_rate_change();
ALTER TABLE worldtune.rate_overrides ENABLE REPLICA TRIGGER signal_replicated_change;
ALTER TABLE worldtune.destination_blocks ENABLE REPLICA TRIGGER signal_replicated_change;
