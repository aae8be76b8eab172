-- Recordings and transcripts: whose they are, what repeats do, when they go; and the quality of calls.
\set ON_ERROR_ROLLBACK on
\set QUIET on
\set SHOW_CONTEXT never
BEGIN;
SET client_min_messages = warning;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT rates FROM worldtune.import_rates(E'prefix,rate\n44,0.60\n');
\set alice '''00000000-0000-0000-0000-00000000000a'''
\set bob   '''00000000-0000-0000-0000-00000000000b'''
INSERT INTO users (id, credit_balance) VALUES (:alice, 30), (:bob, 30);
SELECT allowed FROM worldtune.authorize_call(:alice, '+442079460958', 'CA1');
SELECT billed, credits_used FROM worldtune.record_call_status('CA1', 'completed', 61);
SELECT allowed FROM worldtune.authorize_call(:bob, '+442079460958', 'CA2');
SELECT billed FROM worldtune.record_call_status('CA2', 'completed', 61);

SET LOCAL ROLE worldtune_relay;
-- A recording is heard when it is complete, by its owner alone; repeats and any order end the same.
SELECT worldtune.record_recording(:alice, 'CA1', 'RE1', 'in-progress');
SELECT worldtune.find_recording(:alice, 'CA1');
SELECT worldtune.record_recording(:alice, 'CA1', 'RE1', 'completed', 61, 7);
SELECT worldtune.record_recording(:alice, 'CA1', 'RE1', 'completed', 61, 7);
SELECT worldtune.record_recording(:alice, 'CA1', 'RE1', 'in-progress');
SELECT recording_sid, duration_seconds, stored_as, expires_at - now() AS kept FROM worldtune.find_recording(:alice, 'CA1');
SELECT worldtune.find_recording(:bob, 'CA1');
SELECT worldtune.find_recording(:bob, 'CA2');
SELECT worldtune.record_recording(:bob, 'CA1', 'RE2', 'completed', 61);
SELECT worldtune.record_recording('00000000-0000-0000-0000-0000000000ff', 'CA1', 'RE2', 'completed', 61);
SELECT worldtune.record_recording(:alice, 'CA1', 'RE2', 'loud', 61);
SELECT worldtune.record_recording(:alice, 'CA1', '../RE2', 'completed', 61);
SELECT worldtune.record_recording(:alice, 'CA1', NULL, 'completed', 61);
SELECT worldtune.record_recording(:alice, 'CA1', 'RE2', 'completed', -1);
SELECT worldtune.record_recording(:alice, 'CA1', 'RE2', 'completed', 61, 0);
-- What was said.
SELECT worldtune.record_transcript(:alice, 'CA1', 'GT1', 2, 'callee', 'Hello?', 0.9);
SELECT worldtune.record_transcript(:alice, 'CA1', 'GT1', 1, 'caller', 'Hello', NULL, 7);
SELECT worldtune.record_transcript(:alice, 'CA1', 'GT1', 1, 'caller', 'Goodbye', NULL, 7);
SELECT worldtune.record_transcript(:bob, 'CA1', 'GT1', 3, 'caller', 'Hello');
SELECT worldtune.record_transcript(:alice, 'CA1', 'GT1', 3, 'somebody', 'Hello');
SELECT worldtune.record_transcript(:alice, 'CA1', 'GT1', 3, 'caller', '');
SELECT worldtune.record_transcript(:alice, 'CA1', 'GT1', 3, 'caller', 'Hello', 1.5);
SELECT worldtune.refund_call('CA1', 0.2, user_id => :alice);
SELECT call_sid, credits_used, credits_refunded, recorded, transcript FROM worldtune.user_call_history(:alice);
SELECT call_sid, credits_used, credits_refunded, recorded, transcript FROM worldtune.user_call_history(:bob);
RESET ROLE;

-- Who takes it elsewhere has it alone.
SELECT recording_sid, user_id FROM worldtune.unstored_recordings();
SELECT count(*) FROM worldtune.unstored_recordings();
SELECT worldtune.store_recording(:bob, 'RE1', 'b/RE1');
SELECT worldtune.store_recording(:alice, 'RE1', 'a/RE1');
SELECT stored_as FROM worldtune.find_recording(:alice, 'CA1');
SELECT count(*) FROM worldtune.unstored_recordings();
SELECT worldtune.unstored_recordings(0);
SELECT worldtune.expired_recordings(1, 3601);

-- After their time they are not heard any more, and handed out to be deleted, to one relay at a time.
SELECT count(*) FROM worldtune.expired_recordings();
UPDATE worldtune.recordings SET expires_at = now();
UPDATE worldtune.transcripts SET expires_at = now() WHERE sequence_id = 1;
SELECT worldtune.find_recording(:alice, 'CA1');
SELECT recorded, transcript FROM worldtune.user_call_history(:alice);
SELECT recording_sid, stored_as FROM worldtune.expired_recordings();
SELECT count(*) FROM worldtune.expired_recordings();
SELECT worldtune.forget_recording(:bob, 'RE1'), worldtune.forget_recording(:alice, 'RE1'), worldtune.forget_recording(:alice, 'RE1');
SELECT worldtune.expire_transcripts();

-- Masking the numbers of old calls leaves nothing to be heard of them.
SELECT worldtune.record_recording(:alice, 'CA1', 'RE3', 'completed', 61);
SELECT worldtune.anonymize_numbers('1 day');
SELECT count(*) FROM worldtune.expired_recordings();
UPDATE worldtune.recordings SET created_at = now() - interval '2 days';
UPDATE worldtune.transcripts SET created_at = now() - interval '2 days';
SELECT worldtune.anonymize_numbers('1 day');
SELECT recording_sid FROM worldtune.expired_recordings();
SELECT count(*) FROM worldtune.transcripts;

-- How a call was: the last word counts, field by field.
SET LOCAL ROLE worldtune_relay;
SELECT worldtune.record_call_quality(:bob, 'CA2', '{"mos": 4.2, "jitterMs": 12.5, "packetLoss": 0.5, "roundTripMs": 80, "warnings": ["high-jitter"], "unknown": 1}');
SELECT worldtune.record_call_quality(:bob, 'CA2', '{"rating": 2, "issues": ["echo", "one-way"], "jitterMs": null, "mos": 3}');
SELECT worldtune.record_call_quality(:bob, 'CA2', '{}');
SELECT worldtune.record_call_quality(:alice, 'CA2', '{}');
SELECT worldtune.record_call_quality(:bob, 'CA2', given) FROM unnest(ARRAY['[]', NULL]::jsonb[]) given;
RESET ROLE;
SELECT user_id, mos, jitter_ms, packet_loss, round_trip_ms, warnings, rating, issues FROM worldtune.call_quality;
DO $$
DECLARE
  bad jsonb;
BEGIN
  FOR bad IN SELECT * FROM unnest(ARRAY['{"mos": 0.9}', '{"mos": 5.1}', '{"mos": "4"}', '{"mos": 1e400}', '{"jitterMs": -1}', '{"packetLoss": 100.1}', '{"roundTripMs": 60001}',
    '{"rating": 0}', '{"rating": 2.5}', '{"rating": true}', '{"warnings": "echo"}', '{"warnings": [1]}', '{"issues": [""]}', '{"issues": {}}']::jsonb[]) LOOP
    BEGIN
      PERFORM worldtune.record_call_quality('00000000-0000-0000-0000-00000000000b', 'CA2', bad);
      RAISE WARNING 'taken: %', bad;
    EXCEPTION WHEN invalid_parameter_value THEN
      RAISE WARNING '%', SQLERRM;
    END;
  END LOOP;
END $$;

-- Nothing is left of a user who is gone, also where the carrier tells later.
SELECT worldtune.record_recording(:bob, 'CA2', 'RE4', 'completed', 61), worldtune.record_transcript(:bob, 'CA2', 'GT2', 1, 'caller', 'Hello');
SELECT call_sid, recorded, transcript FROM worldtune.user_call_history(:bob);
DELETE FROM users WHERE id = :bob;
SELECT recording_sid FROM worldtune.expired_recordings();
SELECT count(*) FROM worldtune.transcripts UNION ALL SELECT count(*) FROM worldtune.call_quality;
SELECT worldtune.record_recording(:bob, 'CA2', 'RE5', 'completed', 61);
SELECT worldtune.record_transcript(:bob, 'CA2', 'GT2', 2, 'caller', 'Hello');
SELECT * FROM worldtune.check_integrity();
