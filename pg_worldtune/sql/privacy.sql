-- Numbers that people called, made unreadable after a time, or from the start (settings.store_masked_numbers).

CREATE FUNCTION worldtune.mask_number(number text) RETURNS text
  LANGUAGE c STABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'worldtune_mask_number';
COMMENT ON FUNCTION worldtune.mask_number(text) IS
  'A number with its middle masked: +44 20 79** **58, with bullets for the asterisks where the database is in UTF-8. What is no number comes back as it is.';

CREATE FUNCTION worldtune.anonymize_numbers(older_than interval) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  masked bigint;
BEGIN
  IF older_than IS NULL OR older_than < interval '0' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'older_than must be an interval of 0 or more';
  END IF;
  -- What another session holds waits for the next time: two of these at once would meet in different orders.
  UPDATE public.call_logs c SET phone_number = worldtune.mask_number(c.phone_number)
  FROM (SELECT id FROM public.call_logs
        WHERE created_at < now() - older_than AND phone_number <> worldtune.mask_number(phone_number)
          AND (authorized_at IS NULL OR ended_at IS NOT NULL)
        FOR NO KEY UPDATE SKIP LOCKED) found
  WHERE c.id = found.id;
  GET DIAGNOSTICS masked = ROW_COUNT;
  RETURN masked;
END
$$;
COMMENT ON FUNCTION worldtune.anonymize_numbers(interval) IS
  'Masks the numbers of finished calls that are older than that, for good, and answers how many; country, prefix and cost stay. Errors: 22023 for NULL or a negative interval.';
