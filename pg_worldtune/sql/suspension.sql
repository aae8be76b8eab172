-- Users whom the operator lets place no calls.

CREATE FUNCTION worldtune.suspend_user(user_id uuid, reason text) RETURNS void
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_suspend_user';
COMMENT ON FUNCTION worldtune.suspend_user(uuid, text) IS
  'From now on every call of that user is refused as suspended; what is open, overdue_calls() hands to a relay to end. Limits and balance stay. reason is for the back office; again, it takes the place of the one before. Errors: P0002 for an unknown user, 22023 for an empty reason.';

CREATE FUNCTION worldtune.resume_user(user_id uuid) RETURNS void
  LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_resume_user';
COMMENT ON FUNCTION worldtune.resume_user(uuid) IS
  'Ends what suspend_user() began; harmless for a user who is not suspended. Errors: P0002 for an unknown user.';
