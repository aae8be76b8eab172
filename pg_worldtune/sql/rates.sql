
-- Rates: decks of prices, and what a number costs a minute.

CREATE TYPE worldtune.rate_quote AS (
  number text,
  country text,
  iso_country text,
  continent text,
  prefix text,
  description text,
  rate numeric,
  rate_min numeric,
  rate_max numeric,
  connection_fee numeric,
  minimum_seconds integer,
  increment_seconds integer,
  deck_id bigint
);
COMMENT ON TYPE worldtune.rate_quote IS 'Answer of lookup_rate.';
COMMENT ON COLUMN worldtune.rate_quote.number IS 'E.164: +442079460958.';
COMMENT ON COLUMN worldtune.rate_quote.country IS 'Name, as the deck writes it.';
COMMENT ON COLUMN worldtune.rate_quote.iso_country IS 'ISO 3166-1 alpha-2 (XK for Kosovo); null where the numbers belong to no country.';
COMMENT ON COLUMN worldtune.rate_quote.continent IS 'Name, as the deck writes it.';
COMMENT ON COLUMN worldtune.rate_quote.prefix IS 'The leading digits that the price is for: of the own price where one applies, else of the deck''s row.';
COMMENT ON COLUMN worldtune.rate_quote.description IS 'What the carrier says of the destination.';
COMMENT ON COLUMN worldtune.rate_quote.rate IS 'Credits a minute: what the caller pays.';
COMMENT ON COLUMN worldtune.rate_quote.rate_min IS 'Credits a minute: the cheapest network of the destination.';
COMMENT ON COLUMN worldtune.rate_quote.rate_max IS 'Credits a minute: the dearest network of the destination.';
COMMENT ON COLUMN worldtune.rate_quote.connection_fee IS 'Credits, once, when the call is answered.';
COMMENT ON COLUMN worldtune.rate_quote.minimum_seconds IS 'An answered call is billed for at least this long.';
COMMENT ON COLUMN worldtune.rate_quote.increment_seconds IS 'Beyond the minimum, whole steps of this are billed.';
COMMENT ON COLUMN worldtune.rate_quote.deck_id IS 'The deck; null where an own price stands alone.';

CREATE TYPE worldtune.country_rates AS (
  country text,
  iso_country text,
  continent text,
  calling_codes text[],
  rate_min numeric,
  rate_max numeric
);
COMMENT ON TYPE worldtune.country_rates IS 'Row of list_countries.';
COMMENT ON COLUMN worldtune.country_rates.country IS 'Name, as the deck writes it; its ISO code where it writes none.';
COMMENT ON COLUMN worldtune.country_rates.iso_country IS 'ISO 3166-1 alpha-2 (XK for Kosovo).';
COMMENT ON COLUMN worldtune.country_rates.continent IS 'Name, as the deck writes it.';
COMMENT ON COLUMN worldtune.country_rates.calling_codes IS 'As people write them: +44, +1876.';
COMMENT ON COLUMN worldtune.country_rates.rate_min IS 'Credits a minute, the least over all the country''s networks.';
COMMENT ON COLUMN worldtune.country_rates.rate_max IS 'Credits a minute, the most over all the country''s networks.';

CREATE TYPE worldtune.deck_import AS (
  deck_id bigint,
  name text,
  format text,
  rates integer,
  prefixes integer,
  effective_at timestamptz
);
COMMENT ON TYPE worldtune.deck_import IS 'Answer of import_rates.';
COMMENT ON COLUMN worldtune.deck_import.deck_id IS 'Names the deck; null after a dry run.';
COMMENT ON COLUMN worldtune.deck_import.name IS 'What people call it.';
COMMENT ON COLUMN worldtune.deck_import.format IS 'Which file it came from: worldtune, twilio or plain.';
COMMENT ON COLUMN worldtune.deck_import.rates IS 'Lines of the deck that carry a price.';
COMMENT ON COLUMN worldtune.deck_import.prefixes IS 'Destination prefixes that they cover.';
COMMENT ON COLUMN worldtune.deck_import.effective_at IS 'When it takes effect.';

-- The tables

CREATE TABLE worldtune.rate_decks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  format text NOT NULL CHECK (format IN ('worldtune', 'twilio', 'plain')),
  basis text NOT NULL CHECK (basis IN ('max', 'min')),
  markup numeric NOT NULL CHECK (markup >= 0),
  effective_at timestamptz NOT NULL CHECK (isfinite(effective_at)),
  imported_at timestamptz NOT NULL DEFAULT now(),
  imported_by text NOT NULL DEFAULT session_user,
  revision bigint NOT NULL DEFAULT 0
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.rate_decks', '');
SELECT pg_catalog.pg_extension_config_dump('worldtune.rate_decks_id_seq', '');

COMMENT ON TABLE worldtune.rate_decks IS 'Decks of rates, one row an import. Which one is in force when stands in deck_activations.';
COMMENT ON COLUMN worldtune.rate_decks.id IS 'Names the deck: deck_id elsewhere.';
COMMENT ON COLUMN worldtune.rate_decks.name IS 'What people call it.';
COMMENT ON COLUMN worldtune.rate_decks.format IS 'Which file it came from: worldtune, twilio or plain.';
COMMENT ON COLUMN worldtune.rate_decks.basis IS 'Which end of a price range is charged: max or min.';
COMMENT ON COLUMN worldtune.rate_decks.markup IS 'Added to the carrier''s price, as a fraction: 0.25 is 25 percent.';
COMMENT ON COLUMN worldtune.rate_decks.effective_at IS 'When it was to take effect, as the import said.';
COMMENT ON COLUMN worldtune.rate_decks.imported_at IS 'When it was imported.';
COMMENT ON COLUMN worldtune.rate_decks.imported_by IS 'The role that was logged in.';
COMMENT ON COLUMN worldtune.rate_decks.revision IS 'Grows with every change of the deck''s rates.';

-- Digits are compared byte by byte: the order of the key is the order of the digits, whatever the database's collation.
CREATE TABLE worldtune.rates (
  deck_id bigint NOT NULL REFERENCES worldtune.rate_decks ON DELETE CASCADE,
  prefix text COLLATE "C" NOT NULL CHECK (prefix ~ '^[1-9][0-9]{0,14}$'),
  origination text COLLATE "C" NOT NULL DEFAULT '' CHECK (origination ~ '^([1-9][0-9]{0,14})?$'),
  country text,
  iso_country text CHECK (iso_country ~ '^[A-Z]{2}$'),
  continent text,
  description text,
  rate numeric(18,6) NOT NULL CHECK (rate BETWEEN 0 AND 100),
  rate_min numeric(18,6) NOT NULL CHECK (rate_min BETWEEN 0 AND 100),
  rate_max numeric(18,6) NOT NULL CHECK (rate_max BETWEEN rate_min AND 100),
  carrier_rate numeric(18,6) NOT NULL CHECK (carrier_rate BETWEEN 0 AND 100),
  connection_fee numeric(18,6) NOT NULL DEFAULT 0 CHECK (connection_fee BETWEEN 0 AND 100),
  minimum_seconds integer NOT NULL DEFAULT 60 CHECK (minimum_seconds BETWEEN 0 AND 3600),
  increment_seconds integer NOT NULL DEFAULT 60 CHECK (increment_seconds BETWEEN 1 AND 3600),
  PRIMARY KEY (deck_id, prefix, origination)
);
SELECT pg_catalog.pg_extension_config_dump('worldtune.rates', '');

COMMENT ON TABLE worldtune.rates IS
  'Prices by destination prefix. The longest prefix of the number wins, then the longest origination that fits the caller ID.';
COMMENT ON COLUMN worldtune.rates.deck_id IS 'The deck.';
COMMENT ON COLUMN worldtune.rates.prefix IS 'Leading digits of the dialled number, country code first.';
COMMENT ON COLUMN worldtune.rates.origination IS 'Leading digits of the caller ID that the price is for; empty for any, also for none.';
COMMENT ON COLUMN worldtune.rates.iso_country IS 'ISO 3166-1 alpha-2 (XK for Kosovo).';
COMMENT ON COLUMN worldtune.rates.country IS 'Name, as the deck writes it.';
COMMENT ON COLUMN worldtune.rates.continent IS 'Name, as the deck writes it.';
COMMENT ON COLUMN worldtune.rates.description IS 'What the carrier says of the destination.';
COMMENT ON COLUMN worldtune.rates.rate IS 'Credits a minute: what the caller pays.';
COMMENT ON COLUMN worldtune.rates.rate_min IS 'Credits a minute: the cheapest network of the destination, markup included.';
COMMENT ON COLUMN worldtune.rates.rate_max IS 'Credits a minute: the dearest network of the destination, markup included.';
COMMENT ON COLUMN worldtune.rates.carrier_rate IS 'Credits a minute: the price in the deck, before markup.';
COMMENT ON COLUMN worldtune.rates.connection_fee IS 'Credits, once, when the call is answered.';
COMMENT ON COLUMN worldtune.rates.minimum_seconds IS 'An answered call is billed for at least this long.';
COMMENT ON COLUMN worldtune.rates.increment_seconds IS 'Beyond the minimum, whole steps of this are billed.';

CREATE TABLE worldtune.calling_codes (
  prefix text COLLATE "C" PRIMARY KEY CHECK (prefix ~ '^[1-9][0-9]{0,14}$'),
  iso_country text,
  calling_code text COLLATE "C" NOT NULL
);
COMMENT ON TABLE worldtune.calling_codes IS
  'Which country a number belongs to, by its longest prefix (ITU-T E.164 assignments). Ships with the extension.';
COMMENT ON COLUMN worldtune.calling_codes.prefix IS 'Leading digits of numbers.';
COMMENT ON COLUMN worldtune.calling_codes.iso_country IS 'ISO 3166-1 alpha-2 (XK for Kosovo); null where the numbers belong to no country.';
COMMENT ON COLUMN worldtune.calling_codes.calling_code IS 'What people write as the country''s code: 1876 for Jamaica, but 1 for Canada and 7 for Kazakhstan.';

INSERT INTO worldtune.calling_codes (prefix, iso_country, calling_code) VALUES
  -- zone 1, the North American numbering plan: a country has area codes of its own, and people write them as its code
  ('1', 'US', '1'), ('1242', 'BS', '1242'), ('1246', 'BB', '1246'), ('1264', 'AI', '1264'),
  ('1268', 'AG', '1268'), ('1284', 'VG', '1284'), ('1340', 'VI', '1340'), ('1345', 'KY', '1345'),
  ('1441', 'BM', '1441'), ('1473', 'GD', '1473'), ('1649', 'TC', '1649'), ('1658', 'JM', '1658'),
  ('1664', 'MS', '1664'), ('1670', 'MP', '1670'), ('1671', 'GU', '1671'), ('1684', 'AS', '1684'),
  ('1721', 'SX', '1721'), ('1758', 'LC', '1758'), ('1767', 'DM', '1767'), ('1784', 'VC', '1784'),
  ('1787', 'PR', '1787'), ('1809', 'DO', '1809'), ('1829', 'DO', '1829'), ('1849', 'DO', '1849'),
  ('1868', 'TT', '1868'), ('1869', 'KN', '1869'), ('1876', 'JM', '1876'), ('1939', 'PR', '1939'),
  -- Canada's area codes
  ('1204', 'CA', '1'), ('1226', 'CA', '1'), ('1236', 'CA', '1'), ('1249', 'CA', '1'), ('1250', 'CA', '1'),
  ('1257', 'CA', '1'), ('1263', 'CA', '1'), ('1289', 'CA', '1'), ('1306', 'CA', '1'), ('1343', 'CA', '1'),
  ('1354', 'CA', '1'), ('1365', 'CA', '1'), ('1367', 'CA', '1'), ('1368', 'CA', '1'), ('1382', 'CA', '1'),
  ('1403', 'CA', '1'), ('1416', 'CA', '1'), ('1418', 'CA', '1'), ('1428', 'CA', '1'), ('1431', 'CA', '1'),
  ('1437', 'CA', '1'), ('1438', 'CA', '1'), ('1450', 'CA', '1'), ('1460', 'CA', '1'), ('1468', 'CA', '1'),
  ('1474', 'CA', '1'), ('1506', 'CA', '1'), ('1514', 'CA', '1'), ('1519', 'CA', '1'), ('1537', 'CA', '1'),
  ('1548', 'CA', '1'), ('1568', 'CA', '1'), ('1579', 'CA', '1'), ('1581', 'CA', '1'), ('1584', 'CA', '1'),
  ('1587', 'CA', '1'), ('1604', 'CA', '1'), ('1613', 'CA', '1'), ('1639', 'CA', '1'), ('1647', 'CA', '1'),
  ('1672', 'CA', '1'), ('1683', 'CA', '1'), ('1705', 'CA', '1'), ('1709', 'CA', '1'), ('1742', 'CA', '1'),
  ('1753', 'CA', '1'), ('1778', 'CA', '1'), ('1780', 'CA', '1'), ('1782', 'CA', '1'), ('1807', 'CA', '1'),
  ('1819', 'CA', '1'), ('1825', 'CA', '1'), ('1867', 'CA', '1'), ('1873', 'CA', '1'), ('1879', 'CA', '1'),
  ('1902', 'CA', '1'), ('1905', 'CA', '1'), ('1942', 'CA', '1'),
  -- zone 2: Africa, and islands
  ('20', 'EG', '20'), ('211', 'SS', '211'), ('212', 'MA', '212'), ('2125288', 'EH', '212'),
  ('2125289', 'EH', '212'), ('213', 'DZ', '213'), ('216', 'TN', '216'), ('218', 'LY', '218'),
  ('220', 'GM', '220'), ('221', 'SN', '221'), ('222', 'MR', '222'), ('223', 'ML', '223'),
  ('224', 'GN', '224'), ('225', 'CI', '225'), ('226', 'BF', '226'), ('227', 'NE', '227'),
  ('228', 'TG', '228'), ('229', 'BJ', '229'), ('230', 'MU', '230'), ('231', 'LR', '231'),
  ('232', 'SL', '232'), ('233', 'GH', '233'), ('234', 'NG', '234'), ('235', 'TD', '235'),
  ('236', 'CF', '236'), ('237', 'CM', '237'), ('238', 'CV', '238'), ('239', 'ST', '239'),
  ('240', 'GQ', '240'), ('241', 'GA', '241'), ('242', 'CG', '242'), ('243', 'CD', '243'),
  ('244', 'AO', '244'), ('245', 'GW', '245'), ('246', 'IO', '246'), ('247', 'SH', '247'),
  ('248', 'SC', '248'), ('249', 'SD', '249'), ('250', 'RW', '250'), ('251', 'ET', '251'),
  ('252', 'SO', '252'), ('253', 'DJ', '253'), ('254', 'KE', '254'), ('255', 'TZ', '255'),
  ('256', 'UG', '256'), ('257', 'BI', '257'), ('258', 'MZ', '258'), ('260', 'ZM', '260'),
  ('261', 'MG', '261'), ('262', 'RE', '262'), ('262269', 'YT', '262'), ('262639', 'YT', '262'),
  ('263', 'ZW', '263'), ('264', 'NA', '264'), ('265', 'MW', '265'), ('266', 'LS', '266'),
  ('267', 'BW', '267'), ('268', 'SZ', '268'), ('269', 'KM', '269'), ('27', 'ZA', '27'),
  ('290', 'SH', '290'), ('291', 'ER', '291'), ('297', 'AW', '297'), ('298', 'FO', '298'),
  ('299', 'GL', '299'),
  -- zones 3 and 4: Europe
  ('30', 'GR', '30'), ('31', 'NL', '31'), ('32', 'BE', '32'), ('33', 'FR', '33'), ('34', 'ES', '34'),
  ('350', 'GI', '350'), ('351', 'PT', '351'), ('352', 'LU', '352'), ('353', 'IE', '353'),
  ('354', 'IS', '354'), ('355', 'AL', '355'), ('356', 'MT', '356'), ('357', 'CY', '357'),
  ('358', 'FI', '358'), ('35818', 'AX', '358'), ('359', 'BG', '359'), ('36', 'HU', '36'),
  ('370', 'LT', '370'), ('371', 'LV', '371'), ('372', 'EE', '372'), ('373', 'MD', '373'),
  ('374', 'AM', '374'), ('375', 'BY', '375'), ('376', 'AD', '376'), ('377', 'MC', '377'),
  ('378', 'SM', '378'), ('379', 'VA', '379'), ('380', 'UA', '380'), ('381', 'RS', '381'),
  ('382', 'ME', '382'), ('383', 'XK', '383'), ('385', 'HR', '385'), ('386', 'SI', '386'),
  ('387', 'BA', '387'), ('389', 'MK', '389'), ('39', 'IT', '39'), ('3906698', 'VA', '39'),
  ('40', 'RO', '40'), ('41', 'CH', '41'), ('420', 'CZ', '420'), ('421', 'SK', '421'), ('423', 'LI', '423'),
  ('43', 'AT', '43'), ('44', 'GB', '44'), ('441481', 'GG', '44'), ('441534', 'JE', '44'),
  ('441624', 'IM', '44'), ('447624', 'IM', '44'), ('447781', 'GG', '44'), ('447797', 'JE', '44'),
  ('447839', 'GG', '44'), ('447911', 'GG', '44'), ('447924', 'IM', '44'), ('447937', 'JE', '44'),
  ('45', 'DK', '45'), ('46', 'SE', '46'), ('47', 'NO', '47'), ('4779', 'SJ', '47'), ('48', 'PL', '48'),
  ('49', 'DE', '49'),
  -- zone 5: the Americas outside zone 1
  ('500', 'FK', '500'), ('501', 'BZ', '501'), ('502', 'GT', '502'), ('503', 'SV', '503'),
  ('504', 'HN', '504'), ('505', 'NI', '505'), ('506', 'CR', '506'), ('507', 'PA', '507'),
  ('508', 'PM', '508'), ('509', 'HT', '509'), ('51', 'PE', '51'), ('52', 'MX', '52'), ('53', 'CU', '53'),
  ('54', 'AR', '54'), ('55', 'BR', '55'), ('56', 'CL', '56'), ('57', 'CO', '57'), ('58', 'VE', '58'),
  ('590', 'GP', '590'), ('591', 'BO', '591'), ('592', 'GY', '592'), ('593', 'EC', '593'),
  ('594', 'GF', '594'), ('595', 'PY', '595'), ('596', 'MQ', '596'), ('597', 'SR', '597'),
  ('598', 'UY', '598'), ('599', 'CW', '599'), ('5993', 'BQ', '599'), ('5994', 'BQ', '599'),
  ('5997', 'BQ', '599'), ('5999', 'CW', '599'),
  -- zone 6: South-East Asia and Oceania
  ('60', 'MY', '60'), ('61', 'AU', '61'), ('6189162', 'CC', '61'), ('6189164', 'CX', '61'),
  ('62', 'ID', '62'), ('63', 'PH', '63'), ('64', 'NZ', '64'), ('65', 'SG', '65'), ('66', 'TH', '66'),
  ('670', 'TL', '670'), ('672', 'NF', '672'), ('6721', 'AQ', '672'), ('6723', 'NF', '672'),
  ('673', 'BN', '673'), ('674', 'NR', '674'), ('675', 'PG', '675'), ('676', 'TO', '676'),
  ('677', 'SB', '677'), ('678', 'VU', '678'), ('679', 'FJ', '679'), ('680', 'PW', '680'),
  ('681', 'WF', '681'), ('682', 'CK', '682'), ('683', 'NU', '683'), ('685', 'WS', '685'),
  ('686', 'KI', '686'), ('687', 'NC', '687'), ('688', 'TV', '688'), ('689', 'PF', '689'),
  ('690', 'TK', '690'), ('691', 'FM', '691'), ('692', 'MH', '692'),
  -- zone 7: Russia and Kazakhstan
  ('7', 'RU', '7'), ('76', 'KZ', '7'), ('77', 'KZ', '7'),
  -- zones 8 and 9: Asia
  ('81', 'JP', '81'), ('82', 'KR', '82'), ('84', 'VN', '84'), ('850', 'KP', '850'), ('852', 'HK', '852'),
  ('853', 'MO', '853'), ('855', 'KH', '855'), ('856', 'LA', '856'), ('86', 'CN', '86'),
  ('880', 'BD', '880'), ('886', 'TW', '886'), ('90', 'TR', '90'), ('90392', 'CY', '90392'),
  ('91', 'IN', '91'), ('92', 'PK', '92'), ('93', 'AF', '93'), ('94', 'LK', '94'), ('95', 'MM', '95'),
  ('960', 'MV', '960'), ('961', 'LB', '961'), ('962', 'JO', '962'), ('963', 'SY', '963'),
  ('964', 'IQ', '964'), ('965', 'KW', '965'), ('966', 'SA', '966'), ('967', 'YE', '967'),
  ('968', 'OM', '968'), ('970', 'PS', '970'), ('971', 'AE', '971'), ('972', 'IL', '972'),
  ('973', 'BH', '973'), ('974', 'QA', '974'), ('975', 'BT', '975'), ('976', 'MN', '976'),
  ('977', 'NP', '977'), ('98', 'IR', '98'), ('992', 'TJ', '992'), ('993', 'TM', '993'),
  ('994', 'AZ', '994'), ('995', 'GE', '995'), ('996', 'KG', '996'), ('998', 'UZ', '998'),
  -- of no country: global freephone, satellites, international networks
  ('800', NULL, '800'), ('808', NULL, '808'), ('870', NULL, '870'), ('878', NULL, '878'),
  ('881', NULL, '881'), ('882', NULL, '882'), ('883', NULL, '883'), ('888', NULL, '888'),
  ('979', NULL, '979');

-- Every backend keeps the deck in force in memory. A relcache message on this empty table tells them all that it changed; on the
-- tables themselves it would also throw away every saved plan that uses them.
CREATE TABLE worldtune.rate_cache_signal ();
COMMENT ON TABLE worldtune.rate_cache_signal IS 'Always empty. Its invalidation tells backends to read the rates again.';

CREATE FUNCTION worldtune_internal.signal_rate_change() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'signal_rate_change';
COMMENT ON FUNCTION worldtune_internal.signal_rate_change() IS 'Trigger: every backend reads the rates again before its next lookup.';

CREATE TRIGGER signal_rate_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON worldtune.rate_decks
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.signal_rate_change();
CREATE TRIGGER signal_rate_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON worldtune.rates
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.signal_rate_change();
CREATE TRIGGER signal_rate_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON worldtune.calling_codes
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.signal_rate_change();
-- also where a restore or a replica switches ordinary triggers off
ALTER TABLE worldtune.rate_decks ENABLE ALWAYS TRIGGER signal_rate_change;
ALTER TABLE worldtune.rates ENABLE ALWAYS TRIGGER signal_rate_change;
ALTER TABLE worldtune.calling_codes ENABLE ALWAYS TRIGGER signal_rate_change;

-- The replication of single rows fires no statement triggers, but these.
CREATE TRIGGER signal_replicated_change AFTER INSERT OR UPDATE OR DELETE ON worldtune.rate_decks
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.signal_rate_change();
CREATE TRIGGER signal_replicated_change AFTER INSERT OR UPDATE OR DELETE ON worldtune.rates
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.signal_rate_change();
CREATE TRIGGER signal_replicated_change AFTER INSERT OR UPDATE OR DELETE ON worldtune.calling_codes
  FOR EACH ROW EXECUTE FUNCTION worldtune_internal.signal_rate_change();
ALTER TABLE worldtune.rate_decks ENABLE REPLICA TRIGGER signal_replicated_change;
ALTER TABLE worldtune.rates ENABLE REPLICA TRIGGER signal_replicated_change;
ALTER TABLE worldtune.calling_codes ENABLE REPLICA TRIGGER signal_replicated_change;

-- Reading 60,000 rows takes tens of milliseconds, loading what they compile to one. So the decks in force and to come are kept compiled: derived
-- from the rows, never the truth, and heeded only while the deck is at the revision that was compiled.

CREATE TABLE worldtune.deck_images (
  deck_id bigint PRIMARY KEY REFERENCES worldtune.rate_decks ON DELETE CASCADE,
  revision bigint NOT NULL,
  image bytea NOT NULL
);
ALTER TABLE worldtune.deck_images ALTER COLUMN image SET STORAGE EXTERNAL; -- compressed, it would take longer to load
COMMENT ON TABLE worldtune.deck_images IS
  'Decks as sessions load them, compiled from rates when a transaction that changed them commits. Derived: it may be emptied at any time, then sessions read the rows.';
COMMENT ON COLUMN worldtune.deck_images.deck_id IS 'The deck.';
COMMENT ON COLUMN worldtune.deck_images.revision IS 'That of the deck when it was compiled; at another one, sessions read the rows.';
COMMENT ON COLUMN worldtune.deck_images.image IS 'Trie, prices and originations, with a checksum; only the library can read it.';

CREATE FUNCTION worldtune_internal.compile_deck(deck_id bigint) RETURNS bytea
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'worldtune_compile_deck';
COMMENT ON FUNCTION worldtune_internal.compile_deck(bigint) IS 'The image of a deck, from its rows as they are now.';

CREATE FUNCTION worldtune_internal.revise_decks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  decks bigint[];
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    decks := ARRAY(SELECT id FROM worldtune.rate_decks);
  ELSE
    decks := ARRAY(SELECT DISTINCT deck_id FROM changed);
  END IF;
  -- The row's lock comes first: whoever puts the deck in force meanwhile is waited for, and then seen.
  UPDATE worldtune.rate_decks SET revision = revision + 1 WHERE id = ANY (decks);
  -- A restore fills decks that were in force: all the rows of one that has none.
  IF TG_OP = 'INSERT' THEN
    decks := ARRAY(SELECT d FROM unnest(worldtune_internal.published_decks(decks)) d
      WHERE (SELECT count(*) FROM worldtune.rates WHERE deck_id = d) > (SELECT count(*) FROM changed WHERE deck_id = d));
  END IF;
  IF current_setting('session_replication_role') <> 'replica' THEN
    PERFORM worldtune_internal.refuse_published(decks, 'rates');
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION worldtune_internal.revise_decks() IS
  'Trigger: decks whose rates changed get another revision; those of a deck that is or was in force do not change (55000). What a replication applies is not judged.';

CREATE TRIGGER revise_inserted AFTER INSERT ON worldtune.rates REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.revise_decks();
CREATE TRIGGER revise_updated AFTER UPDATE ON worldtune.rates REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.revise_decks();
CREATE TRIGGER revise_outdated AFTER UPDATE ON worldtune.rates REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.revise_decks();
CREATE TRIGGER revise_deleted AFTER DELETE ON worldtune.rates REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.revise_decks();
CREATE TRIGGER revise_truncated AFTER TRUNCATE ON worldtune.rates
  FOR EACH STATEMENT EXECUTE FUNCTION worldtune_internal.revise_decks();
ALTER TABLE worldtune.rates ENABLE ALWAYS TRIGGER revise_inserted, ENABLE ALWAYS TRIGGER revise_updated, ENABLE ALWAYS TRIGGER revise_outdated,
  ENABLE ALWAYS TRIGGER revise_deleted, ENABLE ALWAYS TRIGGER revise_truncated;

CREATE FUNCTION worldtune_internal.compile_decks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  live bigint[] := ARRAY(SELECT deck_id FROM worldtune.deck_activations WHERE effective_at > statement_timestamp() AND cancelled_at IS NULL
    UNION ALL SELECT f FROM worldtune.deck_in_force(statement_timestamp()) f WHERE f IS NOT NULL);
BEGIN
  DELETE FROM worldtune.deck_images WHERE deck_id <> ALL (live);
  INSERT INTO worldtune.deck_images AS i (deck_id, revision, image)
    SELECT d.id, d.revision, worldtune_internal.compile_deck(d.id) FROM worldtune.rate_decks d
    WHERE d.id = ANY (live) AND NOT EXISTS (SELECT FROM worldtune.deck_images o WHERE o.deck_id = d.id AND o.revision = d.revision)
    ON CONFLICT (deck_id) DO UPDATE SET revision = excluded.revision, image = excluded.image;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION worldtune_internal.compile_decks() IS 'Trigger: the decks in force and to come have a current image, and no others.';

CREATE CONSTRAINT TRIGGER compile_decks AFTER INSERT OR UPDATE OR DELETE ON worldtune.rate_decks
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION worldtune_internal.compile_decks();

-- Numbers

CREATE FUNCTION worldtune.e164(number text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2
AS 'MODULE_PATHNAME', 'worldtune_e164';
COMMENT ON FUNCTION worldtune.e164(text) IS
  'The number as +442079460958, from any human notation of an international number: spaces, dashes, dots, brackets, slashes, (0), a leading + or 00. 22023 says what is wrong with a text that is no number.';

CREATE FUNCTION worldtune.calling_code(number text) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 4
AS 'MODULE_PATHNAME', 'worldtune_calling_code';
COMMENT ON FUNCTION worldtune.calling_code(text) IS
  'The calling code that a person would write: +44, +1876. Null when no country has such numbers; 22023 when it is no number.';

-- Lookups: they read the backend's own copy of the deck, need no privilege on the tables and never wait for an import.

CREATE FUNCTION worldtune.lookup_rate(number text, caller_id text DEFAULT NULL) RETURNS SETOF worldtune.rate_quote
LANGUAGE c STABLE PARALLEL SAFE COST 50 ROWS 1
AS 'MODULE_PATHNAME', 'worldtune_lookup_rate';
COMMENT ON FUNCTION worldtune.lookup_rate(text, text) IS
  'The rate for calling the number while showing the caller ID; no row when no rate covers it. 22023 when either is no number.';

CREATE FUNCTION worldtune.rate_per_minute(number text) RETURNS numeric
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 3
AS 'MODULE_PATHNAME', 'worldtune_rate_per_minute';
COMMENT ON FUNCTION worldtune.rate_per_minute(text) IS
  'Credits a minute, for any caller ID; null when no rate covers the number. 22023 when it is no number.';

CREATE FUNCTION worldtune.call_cost(number text, seconds integer) RETURNS numeric
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 3
AS 'MODULE_PATHNAME', 'worldtune_call_cost';
COMMENT ON FUNCTION worldtune.call_cost(text, integer) IS
  'Credits for an answered call of so many seconds: connection fee and billed time, rounded once, half up, to six decimals. Null when no rate covers the number; 22023 when it is no number or the seconds are negative or more than a year.';

CREATE FUNCTION worldtune.format_rate(rate numeric) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2
AS 'MODULE_PATHNAME', 'worldtune_format_rate';
COMMENT ON FUNCTION worldtune.format_rate(numeric) IS
  'A rate for people: $0.014/min, $1.00/min. Exact, with at least two decimals. 22003 when it is not finite.';

CREATE FUNCTION worldtune.list_countries(search text DEFAULT NULL, continent text DEFAULT NULL)
RETURNS SETOF worldtune.country_rates
LANGUAGE c STABLE PARALLEL SAFE COST 1000 ROWS 230
AS 'MODULE_PATHNAME', 'worldtune_list_countries';
COMMENT ON FUNCTION worldtune.list_countries(text, text) IS
  'Countries of the deck in force, by name, with the operator''s own prices. search: part of a name, an ISO code, or the first digits of a calling code; continent: its whole name. Case does not matter. 22023 when either is longer than 1000 bytes.';

-- Import

CREATE FUNCTION worldtune.import_rates(
  deck text,
  name text DEFAULT NULL,
  basis text DEFAULT 'max',
  markup numeric DEFAULT 0,
  effective_at timestamptz DEFAULT now(),
  allow_free boolean DEFAULT false,
  allow_losses boolean DEFAULT false,
  allow_past boolean DEFAULT false,
  dry_run boolean DEFAULT false
) RETURNS worldtune.deck_import
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp COST 100000
AS 'MODULE_PATHNAME', 'worldtune_import_rates';
COMMENT ON FUNCTION worldtune.import_rates(text, text, text, numeric, timestamptz, boolean, boolean, boolean, boolean) IS
  'Reads a deck of rates from CSV text, told apart by its header, and schedules it for effective_at, all or nothing. basis: which end of a price range is charged (max, min); markup: a fraction added to the carrier''s prices (0.25 is 25 percent), connection fees excepted; allow_free: whether a price may be zero; allow_losses: whether more than a tenth of the destinations of the deck that it replaces may be lost; allow_past: whether effective_at may be more than a minute ago; dry_run: tells all that and imports nothing (deck_id is null). Errors of class 22 name the line, the column, the value and what was expected.';
