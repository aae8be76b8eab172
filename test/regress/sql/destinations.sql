-- Where nobody may call: decided by prefix, whatever the deck says.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SET client_min_messages = warning;
\set deck `cat "$PG_ABS_SRCDIR/../../rates/rates.csv"`
SELECT prefixes FROM worldtune.import_rates(:'deck', basis => 'min');
SELECT object, action FROM worldtune.setup() WHERE object = 'worldtune.destination_blocks';
INSERT INTO public.users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 100);

SELECT number, c.allowed, c.reason, c.rate FROM unnest(ARRAY['+44 909 879 0000', '+44 70 1234 5678', '+44 20 7946 0958', '+1 900 555 1234', '+1 212 555 1234', '+881 6 5555 1234'])
  WITH ORDINALITY AS n(number, position), worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', number) c ORDER BY position;
SAVEPOINT rated;
SELECT allowed, reason, max_seconds FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+449098790000', 'CA1');
SELECT status, reject_reason, credits_held, prefix FROM public.call_logs;
-- A number that no rate covers: blocked comes first, and the log knows the country by the numbering plan.
SELECT allowed, reason, iso_country FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+881655551234', 'CA2');
DELETE FROM worldtune.rates WHERE prefix = '44';
SELECT allowed, reason, iso_country FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA3');
SELECT call_sid, reject_reason, iso_country, rate FROM public.call_logs WHERE call_sid = 'CA3';
ROLLBACK TO SAVEPOINT rated;
-- Blocked comes before the limits, and the price can still be asked.
UPDATE worldtune.settings SET max_concurrent_calls = 0;
SELECT reason FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', '+449098790000');
UPDATE worldtune.settings SET max_concurrent_calls = NULL;
SELECT prefix, rate FROM worldtune.lookup_rate('+449098790000');

-- The operator's list: a change counts at once, and setup() leaves it alone.
DELETE FROM worldtune.destination_blocks WHERE prefix = '449';
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('4420794', 'a customer asked for it');
SELECT count(*) > 0 AS again FROM worldtune.setup();
SELECT number, c.reason FROM unnest(ARRAY['+44 909 879 0000', '+44 20 7946 0958', '+44 20 7955 0958'])
  WITH ORDINALITY AS n(number, position), worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', number) c ORDER BY position;
SAVEPOINT emptied;
TRUNCATE worldtune.destination_blocks;
SELECT reason FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', '+442079460958');
ROLLBACK TO SAVEPOINT emptied;
SELECT reason FROM worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', '+442079460958');
\set VERBOSITY terse
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('+44', 'x');
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('44', '');

-- What ships blocks no country of the table that ships, and leaves every one of them numbers to call.
SELECT count(*) > 50 AS many, count(DISTINCT prefix) = count(*) AS distinct, count(*) FILTER (WHERE since IS NULL) AS undated FROM worldtune.destination_blocks;
SELECT count(*) AS callable FROM worldtune.rates r, worldtune.user_check_credit('00000000-0000-0000-0000-00000000000a', rpad(r.prefix, 11, '5')) c WHERE c.allowed;
SELECT r.prefix, b.prefix AS blocked_by FROM worldtune.rates r JOIN worldtune_internal.default_destination_blocks() b ON starts_with(r.prefix, b.prefix);
-- Ordinary numbers as the countries' regulators set them aside for examples, or as they are in the directory.
SELECT number, b.prefix AS blocked_by FROM unnest(ARRAY['+12015550123', '+442079460958', '+447400123456', '+33123456789', '+33612345678', '+4930123456', '+4915123456789',
    '+390212345678', '+393123456789', '+34810123456', '+34612345678', '+31101234567', '+31612345678', '+3212345678', '+32470123456', '+3292123456', '+41212345678', '+41781234567', '+431234567890',
    '+43664123456', '+4532123456', '+46811234567', '+46701234567', '+4690123456', '+4721234567', '+4740612345', '+358131234567', '+358412345678', '+48123456789', '+48512345678', '+420212345678',
    '+420601123456', '+421221234567', '+421912123456', '+3612345678', '+36201234567', '+302123456789', '+306912345678', '+351212345678', '+351912345678', '+353221234567', '+353850123456',
    '+61212345678', '+61412345678', '+6432345678', '+64211234567', '+81312345678', '+819012345678', '+8222123456', '+821020000000', '+74951234567', '+79123456789', '+380311234567', '+380501234567',
    '+35922123456', '+359430123456', '+40211234567', '+40712034567', '+38110234567', '+381601234567', '+38512345678', '+385921234567', '+38612345678', '+38631234567', '+37131234567', '+37121234567',
    '+37167123456', '+3723212345', '+37251234567', '+37031234567', '+37061234567', '+35722345678', '+35796123456', '+551123456789', '+5511961234567', '+522001234567', '+522221234567', '+911234567890'])
  AS number JOIN worldtune_internal.default_destination_blocks() b ON starts_with(substr(number, 2), b.prefix);
ROLLBACK;
