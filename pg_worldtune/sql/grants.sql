-- Who may execute what: one table of it, applied when the extension is created and again by setup(), when the roles are sure to exist.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA worldtune, worldtune_internal FROM PUBLIC;

CREATE FUNCTION worldtune_internal.function_roles()
  RETURNS TABLE (function_name text, roles text[])
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT f, ARRAY['anon', 'authenticated', 'service_role', 'worldtune_relay']
  FROM unnest(ARRAY['lookup_rate', 'rate_per_minute', 'call_cost', 'format_rate', 'list_countries', 'e164', 'calling_code', 'current_user_id']) f
UNION ALL
  SELECT f, ARRAY['authenticated'] FROM unnest(ARRAY['check_credit', 'my_account', 'call_history', 'my_ledger', 'explain_charge']) f
UNION ALL
  SELECT f, ARRAY['service_role', 'worldtune_relay']
  FROM unnest(ARRAY['authorize_call', 'start_call', 'attach_call', 'abandon_call', 'record_call_status', 'find_call', 'user_check_credit',
    'user_account', 'user_call_history', 'user_ledger', 'user_explain_charge', 'add_credits', 'reverse_purchase', 'refund_call', 'reconcile_call', 'record_carrier_charge', 'calls_without_charges', 'record_recording', 'find_recording', 'expired_recordings', 'unstored_recordings', 'store_recording', 'forget_recording',
    'record_transcript', 'expire_transcripts', 'record_call_quality', 'compare_calls', 'claim_dial', 'name_dial', 'find_dial', 'user_live_snapshot', 'live_events', 'request_mute', 'prune_live_events',
    'overdue_calls', 'expire_holds', 'operating_figures', 'import_rates', 'list_decks', 'activate_deck', 'compare_decks', 'cancel_deck', 'lookup_rate_at', 'prune_decks', 'check_integrity', 'schema_version', 'library_version']) f
UNION ALL
  SELECT f, ARRAY['service_role'] FROM unnest(ARRAY['adjust_credits', 'suspend_user', 'resume_user', 'losing_calls', 'charges_given_up', 'anonymize_numbers', 'mask_number', 'deck_in_force']) f
UNION ALL
  -- A CHECK or a default runs as whoever writes the row; these functions read no table.
  SELECT f, ARRAY['PUBLIC'] FROM unnest(ARRAY['are_country_codes', 'are_allowed_countries', 'country_codes', 'acting_as', 'refuse_value', 'is_count', 'is_amount', 'is_prefix', 'is_caller_id']) f
UNION ALL
  -- The owner of the application's tables, who on Supabase is the database's owner and no superuser, runs setup() and puts up the triggers.
  SELECT f, ARRAY['pg_database_owner', 'worldtune_keeper']
  FROM unnest(ARRAY['setup', 'run_as', 'apply_grants', 'restore_holds', 'move_carrier_costs', 'detail_entries', 'skip_used_deck_ids', 'is_own_rows', 'function_roles', 'function_grants', 'table_grants', 'current_user_id',
    'guard_users', 'book_users', 'guard_ledger', 'guard_calls', 'guard_transactions', 'setup_target', 'setup_oid', 'setup_tables', 'setup_columns', 'setup_privileges',
    'setup_indexes', 'setup_triggers', 'setup_retired_columns', 'setup_retired', 'setup_roles', 'setup_is_narrow', 'setup_obstacles', 'setup_strays', 'setup_is_client',
    'setup_grants', 'setup_kept_columns', 'setup_policies', 'setup_own_rows_policy', 'setup_can_count', 'setup_data', 'says_credited', 'is_payment_status', 'setup_find', 'setup_parts', 'setup_needs_lock', 'setup_table',
    'setup_own_table', 'setup_operator_rows', 'setup_check_caller', 'setup_check_obstacles', 'setup_common', 'setup_all', 'setup_once', 'setup_find_table', 'setup_find_owner', 'setup_find_columns',
    'setup_find_data', 'setup_find_details', 'setup_find_constraints', 'setup_find_checks', 'setup_find_indexes', 'setup_find_triggers', 'setup_find_comments', 'setup_find_foreign_keys', 'setup_find_unvalidated_keys', 'take_turn',
    'setup_find_own_policies', 'setup_find_policy_holes', 'setup_find_excess', 'setup_find_missing_grants', 'setup_find_function_grants', 'setup_find_roles',
    'setup_find_operator_rows', 'setup_find_reviews']) f
UNION ALL
  SELECT 'audit', ARRAY['service_role', 'pg_database_owner']
UNION ALL
  -- After a restore the owner looks whether all is there.
  SELECT f, ARRAY['pg_database_owner'] FROM unnest(ARRAY['check_integrity', 'list_decks', 'deck_in_force', 'lookup_rate_at']) f
$$;
COMMENT ON FUNCTION worldtune_internal.function_roles() IS 'Which roles may execute which functions; what is not here is the extension''s owner''s alone.';

-- Whoever owns a table of the application gets what the database's owner gets, where that is somebody else.
CREATE FUNCTION worldtune_internal.function_grants() RETURNS TABLE (routine oid, grantee oid)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.oid, g.grantee
  FROM worldtune_internal.function_roles() f
  CROSS JOIN LATERAL unnest(f.roles) r(role_name)
  JOIN pg_proc p ON p.proname = f.function_name AND p.pronamespace IN ('worldtune'::regnamespace, 'worldtune_internal'::regnamespace)
  JOIN (
    SELECT rolname::text AS role_name, oid AS grantee FROM pg_roles
  UNION ALL
    SELECT 'PUBLIC', 0::oid
  UNION
    SELECT 'pg_database_owner', x.owner FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x WHERE t.schema_name = 'public'
  ) g ON g.role_name = r.role_name
$$;
COMMENT ON FUNCTION worldtune_internal.function_grants() IS 'function_roles() for the functions and roles that there are; 0 is PUBLIC.';

-- The operator's own tables, what they said before, and which deck was in force when.
CREATE FUNCTION worldtune_internal.table_grants() RETURNS TABLE (table_id oid, grantee oid)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT worldtune_internal.setup_oid('worldtune', t.table_name), r.oid
  FROM unnest(ARRAY['settings', 'settings_history', 'user_limits', 'user_limits_history', 'rate_overrides', 'rate_overrides_history',
    'destination_blocks', 'destination_blocks_history', 'deck_activations']) t(table_name)
  JOIN pg_roles r ON r.rolname = 'service_role'
$$;
COMMENT ON FUNCTION worldtune_internal.table_grants() IS 'Which tables of the extension''s own the back office reads, as service_role.';

CREATE FUNCTION worldtune_internal.apply_grants() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  listed record;
BEGIN
  FOR listed IN SELECT g.routine::regprocedure AS routine, g.grantee::regrole AS grantee FROM worldtune_internal.function_grants() g LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', listed.routine, CASE listed.grantee WHEN 0::regrole THEN 'PUBLIC' ELSE listed.grantee::text END);
  END LOOP;
  FOR listed IN SELECT DISTINCT g.grantee::regrole AS grantee FROM worldtune_internal.function_grants() g WHERE g.grantee <> 0 LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA worldtune, worldtune_internal TO %s', listed.grantee);
  END LOOP;
  FOR listed IN SELECT g.table_id::regclass AS name, g.grantee::regrole AS grantee FROM worldtune_internal.table_grants() g LOOP
    EXECUTE format('GRANT SELECT ON %s TO %s', listed.name, listed.grantee);
  END LOOP;
  -- setup() remembers as the table's owner what it took from clients.
  FOR listed IN SELECT DISTINCT x.owner::regrole AS grantee FROM worldtune_internal.setup_tables() t, worldtune_internal.setup_target(t.table_name) x
      WHERE t.schema_name = 'public' AND NOT (has_table_privilege(x.owner, 'worldtune_internal.found_grants', 'SELECT') AND has_table_privilege(x.owner, 'worldtune_internal.found_grants', 'INSERT')) LOOP
    EXECUTE format('GRANT SELECT, INSERT ON worldtune_internal.found_grants TO %s', listed.grantee);
  END LOOP;
END
$$;
COMMENT ON FUNCTION worldtune_internal.apply_grants() IS 'Grants what function_roles() and table_grants() say to the roles that exist. Harmless to repeat.';

REVOKE ALL ON FUNCTION worldtune_internal.function_roles(), worldtune_internal.function_grants(), worldtune_internal.table_grants(), worldtune_internal.apply_grants() FROM PUBLIC;
GRANT USAGE ON SCHEMA worldtune_internal TO PUBLIC;

-- What the definer's functions read and write of ours; on the application's tables setup() grants it reading, and it writes rows as their owner.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA worldtune, worldtune_internal TO worldtune_definer;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA worldtune TO worldtune_definer;
-- For setup_find_missing_grants(), which setup_own_table() asks of every table.
GRANT SELECT ON worldtune_internal.found_grants TO worldtune_keeper;
-- For apply_grants().
GRANT SELECT, INSERT ON worldtune_internal.found_grants TO worldtune_definer WITH GRANT OPTION;
GRANT SELECT ON worldtune.settings, worldtune.settings_history, worldtune.user_limits, worldtune.user_limits_history, worldtune.rate_overrides, worldtune.rate_overrides_history,
  worldtune.destination_blocks, worldtune.destination_blocks_history, worldtune.deck_activations TO worldtune_definer WITH GRANT OPTION;
-- What runs as whoever calls it stays with whoever made the extension: worldtune_definer could otherwise put its own words into setup(), which superusers run.
DO $$
DECLARE
  routine record;
BEGIN
  FOR routine IN SELECT oid::regprocedure AS name, prosecdef FROM pg_catalog.pg_proc
      WHERE pronamespace IN ('worldtune'::regnamespace, 'worldtune_internal'::regnamespace) LOOP
    EXECUTE pg_catalog.format(CASE WHEN routine.prosecdef THEN 'ALTER FUNCTION %s OWNER TO worldtune_definer'
      ELSE 'GRANT EXECUTE ON FUNCTION %s TO worldtune_definer WITH GRANT OPTION' END, routine.name);
  END LOOP;
  FOREACH routine.name IN ARRAY ARRAY['worldtune_internal.setup_own_table', 'worldtune_internal.write_details', 'worldtune.prepare_restore']::regproc[] LOOP
    EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO worldtune_keeper; GRANT EXECUTE ON FUNCTION %1$s TO worldtune_definer WITH GRANT OPTION', routine.name);
  END LOOP;
END
$$;

-- The operator's own tables.
GRANT SELECT, INSERT, UPDATE ON worldtune.settings TO pg_database_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON worldtune.user_limits, worldtune.rate_overrides, worldtune.destination_blocks TO pg_database_owner;
GRANT SELECT ON worldtune.calling_codes TO pg_database_owner;
GRANT SELECT, INSERT ON worldtune_internal.found_grants TO pg_database_owner;

-- What pg_dump carries of the extension's tables: whoever owns the database dumps them, and restores them into an extension made anew.
DO $$
DECLARE
  dumped record;
BEGIN
  FOR dumped IN SELECT c.oid::regclass AS name, c.relkind FROM pg_extension e, unnest(e.extconfig) r(id) JOIN pg_class c ON c.oid = r.id
      WHERE e.extname = 'pg_worldtune' LOOP
    EXECUTE pg_catalog.format(CASE dumped.relkind WHEN 'S' THEN 'GRANT SELECT, UPDATE ON SEQUENCE %s TO pg_database_owner' ELSE 'GRANT SELECT, INSERT ON %s TO pg_database_owner' END, dumped.name);
  END LOOP;
END
$$;

SELECT worldtune_internal.apply_grants();
