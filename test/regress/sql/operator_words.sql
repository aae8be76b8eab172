-- What the operator writes wrongly into the own tables is refused with what to write; nothing is rounded in silence.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
INSERT INTO public.users (id) VALUES ('00000000-0000-0000-0000-00000000000a');

-- Prefixes, as people write them.
INSERT INTO worldtune.rate_overrides (prefix) VALUES ('+44');
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('+44', 0.1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('00 44-20', 0.1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('044', 0.1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('UK', 0.1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('44UK20', 0.1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('', 0.1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('4420794609580000', 0.1);
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('+44 9', 'premium');
INSERT INTO worldtune.destination_blocks (prefix, reason) VALUES ('449', ' ');
\set VERBOSITY terse
INSERT INTO worldtune.destination_blocks (prefix) VALUES ('4499');
\set VERBOSITY default

-- Nobody is shut out by an empty list; a user may be freed by one.
UPDATE worldtune.settings SET allowed_countries = '{}';
INSERT INTO worldtune.user_limits (user_id, allowed_countries) VALUES ('00000000-0000-0000-0000-00000000000a', '{}');
INSERT INTO worldtune.user_limits (user_id, denied_countries) VALUES ('00000000-0000-0000-0000-00000000000a', '{}');
DELETE FROM worldtune.user_limits;
-- Before setup() there are no users to limit.
SAVEPOINT before;
DROP TABLE public.users CASCADE;
\set VERBOSITY sqlstate
INSERT INTO worldtune.user_limits (user_id) VALUES ('00000000-0000-0000-0000-00000000000a');
\set VERBOSITY default
CREATE VIEW public.users AS SELECT 1 AS id;
INSERT INTO worldtune.user_limits (user_id) VALUES ('00000000-0000-0000-0000-00000000000a');
ROLLBACK TO SAVEPOINT before;

-- Amounts and seconds.
INSERT INTO worldtune.rate_overrides (prefix) VALUES ('44');
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('44', 0.1234567);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('44', -1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('44', 100.5);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('44', 'NaN');
INSERT INTO worldtune.rate_overrides (prefix, connection_fee) VALUES ('44', 0.0000001);
INSERT INTO worldtune.rate_overrides (prefix, minimum_seconds) VALUES ('44', 3601);
INSERT INTO worldtune.rate_overrides (prefix, increment_seconds) VALUES ('44', 0);
INSERT INTO worldtune.rate_overrides (prefix, rate, connection_fee) VALUES ('44', 0.1234560, 0.10);
SELECT rate, connection_fee FROM worldtune.rate_overrides;
SELECT rate, connection_fee FROM worldtune.lookup_rate('+442079460958');
SELECT rate, connection_fee FROM worldtune.lookup_rate_at('+442079460958', clock_timestamp());
UPDATE worldtune.rate_overrides SET rate = NULL, connection_fee = NULL;
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('4420', NULL);

-- Settings and limits.
UPDATE worldtune.settings SET caller_id = 'nonsense';
UPDATE worldtune.settings SET caller_id = '0044 20 7946 0958';
UPDATE worldtune.settings SET caller_id = '020 7946 0958';
UPDATE worldtune.settings SET caller_id = '';
UPDATE worldtune.settings SET max_call_seconds = 86401;
UPDATE worldtune.settings SET max_call_seconds = 0;
\set VERBOSITY terse
UPDATE worldtune.settings SET max_call_seconds = NULL;
\set VERBOSITY default
UPDATE worldtune.settings SET hold_expiry_seconds = 0;
UPDATE worldtune.settings SET overdue_grace_seconds = -1;
UPDATE worldtune.settings SET max_concurrent_calls = -1;
UPDATE worldtune.settings SET max_high_cost_prefixes_per_hour = -1;
UPDATE worldtune.settings SET low_balance = -0.5;
UPDATE worldtune.settings SET low_balance = 'NaN';
UPDATE worldtune.settings SET max_spend_per_day = 1e12;
UPDATE worldtune.settings SET max_rate = 0.0000004;
UPDATE worldtune.settings SET high_cost_rate = 'Infinity';
UPDATE worldtune.settings SET only_row = false;
UPDATE worldtune.settings SET caller_id = '+442079460958', max_rate = 0.5, max_spend_per_day = 50, max_call_seconds = DEFAULT;
SELECT caller_id, max_rate, max_spend_per_day, max_call_seconds FROM worldtune.settings;
UPDATE worldtune.settings SET caller_id = DEFAULT, max_rate = DEFAULT, max_spend_per_day = DEFAULT;
INSERT INTO worldtune.user_limits (user_id, max_rate) VALUES ('00000000-0000-0000-0000-00000000000a', 0.1234567);
INSERT INTO worldtune.user_limits (user_id, max_concurrent_calls) VALUES ('00000000-0000-0000-0000-00000000000a', -2);
INSERT INTO worldtune.user_limits (user_id, suspended_at) VALUES ('00000000-0000-0000-0000-00000000000a', now());
INSERT INTO worldtune.user_limits (user_id, suspended_at, suspended_reason) VALUES ('00000000-0000-0000-0000-00000000000a', 'infinity', 'for good');
INSERT INTO worldtune.user_limits (user_id, max_rate) VALUES ('00000000-0000-0000-0000-00000000000b', 1);
-- Whoever may write the tables meets the same words: the checks need no further right.
CREATE ROLE regress_clerk;
GRANT USAGE ON SCHEMA worldtune TO regress_clerk;
GRANT SELECT, INSERT ON worldtune.rate_overrides TO regress_clerk;
SET LOCAL ROLE regress_clerk;
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('+1', 1);
INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('1', 1);
ROLLBACK;
