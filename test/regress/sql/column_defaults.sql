-- The application's defaults fill its own columns, not those of ours that are to say nothing.
\set QUIET on
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
INSERT INTO users (id, credit_balance) VALUES ('00000000-0000-0000-0000-00000000000a', 10);
ALTER TABLE call_logs ADD COLUMN campaign text DEFAULT 'spring', ADD COLUMN seen boolean DEFAULT false, ALTER COLUMN country SET DEFAULT 'nowhere', ALTER COLUMN reject_reason SET DEFAULT 'none';
SELECT allowed FROM worldtune.authorize_call('00000000-0000-0000-0000-00000000000a', '+442079460958', 'CA1');
SELECT status, country, reject_reason, campaign, seen FROM call_logs;
SELECT * FROM worldtune.check_integrity();
ROLLBACK;
