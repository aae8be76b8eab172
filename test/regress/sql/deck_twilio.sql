-- Twilio's price file: prefixes in quoted lists, prices that depend on the caller ID.
\set ON_ERROR_ROLLBACK on
\set QUIET on
BEGIN;
SELECT format, rates, prefixes FROM worldtune.import_rates(E'ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes\n'
  'AT,Austria,Austria,0.0900,,43\n'
  'AT,Austria,Austria - Mobile,0.1500,,"43664, 4367"\n'
  'AT,Austria,Austria - Mobile,0.0500,"43, 49, 4",43664\n'
  'AT,Austria,Austria - Mobile - from Vienna,0.0400,431,43664\n'
  'GB,United Kingdom,United Kingdom - Mobile,0.0300,"43, 49",447\n'
  'GB,United Kingdom,United Kingdom,0.0100,,44\n');
SELECT prefix, origination, rate FROM worldtune.rates ORDER BY prefix, origination;

-- The longest destination first, then the longest origination that fits; no caller ID, no origination.
SELECT dialled, caller_id, prefix, description, rate
  FROM (VALUES (1, '+43 664 555 1234', '+431 555 1234'), (2, '+43 664 555 1234', '+49 30 555 1234'), (3, '+43 664 555 1234', '+1 212 555 1234'),
    (4, '+43 664 555 1234', NULL), (5, '+43 676 555 1234', '+431 555 1234'), (6, '+43 1 555 1234', '+431 555 1234')) AS c(position, dialled, caller_id)
  LEFT JOIN LATERAL worldtune.lookup_rate(dialled, caller_id) ON true ORDER BY position;
-- A destination that is priced for other callers only falls back to the shorter prefix.
SELECT caller_id, prefix, rate FROM unnest(ARRAY['+49 30 555 1234', '+1 212 555 1234', NULL]) AS c(caller_id)
  LEFT JOIN LATERAL worldtune.lookup_rate('+44 7700 900123', caller_id) ON true;
SELECT worldtune.rate_per_minute('+44 7700 900123');
SELECT * FROM worldtune.lookup_rate('+44 7700 900123', 'client:u_1');

-- Contradictions name the origination as well.
SELECT worldtune.import_rates(E'Destination Prefixes,Price / min,Origination Prefixes\n44,0.01,\n44,0.02,49\n44,0.03,49\n');
ROLLBACK;
