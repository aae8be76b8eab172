-- Worldtune's own table: its ways of writing prefixes and prices, and what the numbers then cost.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SELECT $deck$Continent,Country,Country Code,Price/Minute,Deselect Continent
North America,Anguilla,(+1-264),$0.377-$0.604,
North America,Bahamas,(+1-242),$0.313-$0.313,
North America,Dominican Republic,"(+1-829,1809,1849)",$0.11-$0.138,
North America,Jamaica,(+1-876),$0.305-$0.41,
North America,"Puerto Rico","(+1-787,1939)",$0.02-$0.02,
North America,United States/Canada,(+1),$0.014-$0.153,
North America,"Virgin Islands, British",(+1-284),$0.312-$0.449,
Europe,"Turkish Republic of Northern Cyprus",(+9-0392),$0.07-$0.07,
Europe,Ireland,(+353),$0.017-$3.00,
Asia,"Korea, Dem People's Rep",(+850),$0.745-$0.745,
Asia,Turkey,(+90),$0.057-$0.237,
Africa,Congo,(+242),$0.90-$0.90,
$deck$ AS deck \gset
SELECT format, rates, prefixes FROM worldtune.import_rates(:'deck');
SELECT prefix, country, iso_country, continent, rate, rate_min, rate_max, carrier_rate, connection_fee, minimum_seconds, increment_seconds
  FROM worldtune.rates ORDER BY prefix;

-- The longest prefix wins: the islands of zone 1 are not the United States, and +1 242 is not +242.
SELECT dialled, country, iso_country, prefix, rate
  FROM unnest(ARRAY['+1 876 555 1234', '+1 242 365 0000', '+242 06 500 0000', '+90 392 815 0000', '+90 312 415 0000', '+1 829 555 1234',
    '+1 809 555 1234', '+1 849 555 1234', '+1 212 555 1234', '+1 939 555 1234', '+86 10 5555 1234']) WITH ORDINALITY AS n(dialled, position)
  LEFT JOIN LATERAL worldtune.lookup_rate(dialled) ON true ORDER BY position;

-- The other end of the range, and a markup: both ends stay, the carrier's price beside them. Half a micro-credit rounds up.
SELECT rates FROM worldtune.import_rates(:'deck', basis => 'min', markup => 0.2345);
SELECT prefix, rate, rate_min, rate_max, carrier_rate FROM worldtune.rates
  WHERE deck_id = (SELECT max(id) FROM worldtune.rate_decks) AND prefix IN ('1', '353') ORDER BY prefix;
SELECT worldtune.rate_per_minute('+353 1 555 1234');
SELECT name ~ '^worldtune \d{4}-\d\d-\d\d \d\d:\d\d$' AS dated, format, basis, markup, imported_by = session_user AS by_me FROM worldtune.rate_decks ORDER BY id;

-- Byte-order mark, CRLF, any case and order of the columns, blank lines at the end.
SET LOCAL client_min_messages = warning;
SELECT format, rates FROM worldtune.import_rates(U&'\FEFF' || E'PRICE/MINUTE, country code ,Country\r\n $0.50 ,( +44 ),"United Kingdom"\r\n\r\n,,\r\n', allow_losses => true);
SELECT country, continent, rate FROM worldtune.lookup_rate('+442079460958');
-- A column that nobody asked for.
SET LOCAL client_min_messages = notice;
SELECT rates FROM worldtune.import_rates(E'Country Code,Price/Minute,Colour\n(+44),$0.50,red\n', allow_losses => true);
ROLLBACK;
