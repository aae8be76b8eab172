CREATE FUNCTION worldtune.check_integrity()
  RETURNS SETOF worldtune.integrity_violation
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1
  AS 'MODULE_PATHNAME', 'worldtune_check_integrity';
COMMENT ON FUNCTION worldtune.check_integrity() IS
  'One row for every violated invariant of the books, none when all is well: the balance is the sum of the ledger and its newest balance_after, each entry follows from the one before, a call is billed at most once and has exactly its ledger row, a finished call holds nothing, a hold is that of an open call and each open call has one, no hold was granted beyond what was available, a payment adds credit once.';
