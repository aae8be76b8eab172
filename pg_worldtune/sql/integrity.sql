CREATE FUNCTION worldtune.check_integrity()
  RETURNS SETOF worldtune.integrity_violation
  LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' ROWS 1
  AS 'MODULE_PATHNAME', 'worldtune_check_integrity';
COMMENT ON FUNCTION worldtune.check_integrity() IS
  'One row for every violated invariant of the books, none when all is well: balance and ledger, each entry and who made it, calls and their states, bills and the seconds and prices they come from, decks and own prices, holds, payments and charge-backs. docs/sql.md lists the invariants.';
