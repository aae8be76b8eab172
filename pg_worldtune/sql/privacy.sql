-- Numbers that people called, made unreadable after a time, or from the start (settings.store_masked_numbers).

CREATE FUNCTION worldtune.mask_number(number text) RETURNS text
  LANGUAGE c STABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'worldtune_mask_number';
COMMENT ON FUNCTION worldtune.mask_number(text) IS
  'A number with its middle masked: +44 20 79** **58, with bullets for the asterisks where the database is in UTF-8. What is no number comes back as it is.';

CREATE FUNCTION worldtune.anonymize_numbers(older_than interval) RETURNS bigint
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_anonymize_numbers';
COMMENT ON FUNCTION worldtune.anonymize_numbers(interval) IS
  'Masks the numbers of finished calls that are older than that, for good, and answers how many; country, prefix and cost stay. Their transcripts are deleted, their recordings are to be deleted by the relay, whether numbers are masked from the start or not. Errors: 22023 for NULL or a negative interval.';
