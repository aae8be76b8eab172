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
    'user_account', 'user_call_history', 'user_ledger', 'user_explain_charge', 'add_credits', 'refund_call', 'reconcile_call', 'overdue_calls', 'expire_holds', 'import_rates', 'list_decks', 'activate_deck', 'compare_decks', 'prune_decks', 'check_integrity', 'schema_version', 'library_version']) f
UNION ALL
  SELECT f, ARRAY['service_role'] FROM unnest(ARRAY['adjust_credits', 'anonymize_numbers', 'mask_number', 'cancel_deck', 'deck_in_force', 'lookup_rate_at']) f
UNION ALL
  -- The owner of the application's tables, who on Supabase is the database's owner and no superuser, runs setup() and puts up the triggers.
  SELECT f, ARRAY['pg_database_owner']
  FROM unnest(ARRAY['setup', 'setup_plan', 'setup_role_steps', 'setup_table_steps', 'setup_column_steps', 'setup_detail_steps', 'setup_book_steps',
    'setup_balance_steps', 'setup_review_steps', 'setup_obstacles', 'setup_holes', 'setup_columns', 'setup_indexes', 'setup_triggers', 'setup_access', 'setup_roles',
    'setup_own_rows_policy', 'setup_is_narrow', 'apply_grants', 'restore_holds', 'make_ledger_details', 'current_user_id', 'guard_users', 'book_users', 'guard_ledger', 'guard_calls', 'guard_transactions', 'default_destination_blocks']) f
$$;
COMMENT ON FUNCTION worldtune_internal.function_roles() IS 'Which roles may execute which functions; what is not here is the extension''s owner''s alone.';

CREATE FUNCTION worldtune_internal.apply_grants() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  role_name text;
  routine regprocedure;
BEGIN
  FOR role_name IN SELECT DISTINCT r FROM worldtune_internal.function_roles() f, unnest(f.roles) r JOIN pg_roles ON rolname = r LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA worldtune, worldtune_internal TO %I', role_name);
    FOR routine IN SELECT p.oid FROM worldtune_internal.function_roles() f JOIN pg_proc p
        ON p.proname = f.function_name AND p.pronamespace IN ('worldtune'::regnamespace, 'worldtune_internal'::regnamespace) WHERE role_name = ANY (f.roles) LOOP
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', routine, role_name);
    END LOOP;
  END LOOP;
END
$$;
COMMENT ON FUNCTION worldtune_internal.apply_grants() IS 'Grants what function_roles() says to the roles that exist. Harmless to repeat.';

REVOKE ALL ON FUNCTION worldtune_internal.function_roles(), worldtune_internal.apply_grants() FROM PUBLIC;
-- A CHECK runs as whoever writes the row; these tell nothing.
GRANT EXECUTE ON FUNCTION worldtune_internal.is_ledger_kind(text), worldtune_internal.are_country_codes(text[]), worldtune_internal.country_codes(), worldtune_internal.acting_as() TO PUBLIC;
GRANT USAGE ON SCHEMA worldtune_internal TO PUBLIC;

-- What the definer's functions read and write of ours; on the application's tables setup() grants it reading, and it writes rows as their owner.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA worldtune, worldtune_internal TO worldtune_definer;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA worldtune TO worldtune_definer;
DO $$
DECLARE
  routine regprocedure;
BEGIN
  FOR routine IN SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace IN ('worldtune'::regnamespace, 'worldtune_internal'::regnamespace) LOOP
    EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO worldtune_definer', routine);
  END LOOP;
END
$$;

-- For the tables of ours that setup() makes. Nobody else makes anything here: a function of his could shadow one of ours.
GRANT CREATE ON SCHEMA worldtune TO worldtune_definer;
-- The operator's own tables.
GRANT SELECT, INSERT, UPDATE ON worldtune.settings TO pg_database_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON worldtune.user_limits, worldtune.rate_overrides, worldtune.destination_blocks TO pg_database_owner;
GRANT SELECT ON worldtune.rate_decks, worldtune.rates, worldtune.deck_activations, worldtune.calling_codes, worldtune.settings_history, worldtune.user_limits_history,
  worldtune.rate_overrides_history, worldtune.destination_blocks_history TO pg_database_owner;

SELECT worldtune_internal.apply_grants();
