-- A call that is authorised and completed. The schema is the session's search_path.
\set user random(:first_user, :last_user)
\set number random(442000000000, 442999999999)
\set sid random(1, 9223372036854775807)
\set seconds random(1, 600)
SELECT * FROM authorize_call(lpad(:user, 32, '0')::uuid, :number, :sid);
SELECT * FROM record_call_status(:sid, 'completed', :seconds);
