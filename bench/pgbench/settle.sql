-- The next of the calls that were opened for this client is completed.
\set n :n + 1
\set sid (:client_id + 1) * 100000000 + :n
\set seconds random(1, 600)
SELECT * FROM worldtune.record_call_status(:sid, 'completed', :seconds);
