-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION pg_worldtune" to load this file. \quit

-- What every later file stands on: the schemas, and whose the functions are.

-- Whoever owns the schema, or has something in it, could put his own in front of ours: SELECT worldtune.setup() is run by superusers.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner WHERE n.nspname = 'worldtune' AND NOT r.rolsuper) THEN
    RAISE EXCEPTION 'schema worldtune belongs to a role that is no superuser' USING ERRCODE = 'invalid_schema_definition',
      HINT = 'DROP SCHEMA worldtune, or give it away: ALTER SCHEMA worldtune OWNER TO CURRENT_USER.';
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
             WHERE c.relnamespace = 'worldtune'::regnamespace AND NOT r.rolsuper AND r.rolname NOT IN ('worldtune_keeper', 'worldtune_definer'))
    OR EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'worldtune'::regnamespace) THEN
    RAISE EXCEPTION 'schema worldtune holds functions, or tables of a role that is no superuser' USING ERRCODE = 'invalid_schema_definition',
      HINT = 'Only worldtune.ledger_details and worldtune.carrier_charges outlive the extension: move everything else to another schema.';
  END IF;
END
$$;

-- For the extension's own functions and for triggers: nothing that a person or PostgREST calls.
CREATE SCHEMA worldtune_internal;
COMMENT ON SCHEMA worldtune_internal IS 'What pg_worldtune''s own functions, triggers and constraints call. Not for the API.';

-- The functions that act for others (SECURITY DEFINER) belong to a role that is no superuser: whatever code of the application they should ever come
-- to run has no right that matters. Those that make the tables that outlive the extension touch no table of the application and belong to a role of
-- their own, for whoever makes tables in schema worldtune could make functions there. Roles are the whole server's: another database may be making them
-- at this moment, so the catalog is locked before they are written.
DO $$
DECLARE
  made record;
  membership record;
BEGIN
  FOR made IN SELECT * FROM (VALUES ('worldtune_definer', true), ('worldtune_keeper', false)) AS r(role_name, bypasses) LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = made.role_name AND rolbypassrls = made.bypasses
                   AND NOT (rolcanlogin OR rolinherit OR rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication)) THEN
      LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = made.role_name) THEN
        EXECUTE pg_catalog.format('CREATE ROLE %I', made.role_name);
      END IF;
      EXECUTE pg_catalog.format('ALTER ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION %s', made.role_name,
        CASE WHEN made.bypasses THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END);
    END IF;
    FOR membership IN SELECT m.roleid::regrole AS role, m.member::regrole AS member FROM pg_catalog.pg_auth_members m
        WHERE made.role_name::regrole IN (m.roleid, m.member) LOOP
      EXECUTE pg_catalog.format('REVOKE %s FROM %s', membership.role, membership.member);
    END LOOP;
  END LOOP;
END
$$;
-- Superusers call their functions, too: whoever came to act as one of them could make it run as its caller, under a search_path of his own.
CREATE FUNCTION worldtune_internal.guard_functions() RETURNS event_trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_user IN ('worldtune_definer', 'worldtune_keeper') THEN
    RAISE EXCEPTION 'role % alters no functions', current_user USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
COMMENT ON FUNCTION worldtune_internal.guard_functions() IS 'Event trigger: 42501 when a role that our functions act as alters a function.';
CREATE EVENT TRIGGER worldtune_functions ON ddl_command_start WHEN TAG IN ('ALTER FUNCTION', 'ALTER ROUTINE', 'CREATE FUNCTION')
  EXECUTE FUNCTION worldtune_internal.guard_functions();
ALTER EVENT TRIGGER worldtune_functions ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER worldtune_functions IS 'Keeps the functions of pg_worldtune as they were made, should worldtune_definer or worldtune_keeper come to run other people''s code.';

-- A schema of an earlier state let worldtune_definer create.
REVOKE CREATE ON SCHEMA worldtune FROM worldtune_definer;
GRANT CREATE ON SCHEMA worldtune TO worldtune_keeper;
GRANT USAGE ON SCHEMA worldtune TO worldtune_definer WITH GRANT OPTION;
GRANT USAGE ON SCHEMA worldtune_internal TO worldtune_definer WITH GRANT OPTION;

-- SQL's own advisory locks are anybody's to take, and to keep from us.
CREATE FUNCTION worldtune_internal.take_turn(work text) RETURNS void
  LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp
  AS 'MODULE_PATHNAME', 'worldtune_take_turn';
COMMENT ON FUNCTION worldtune_internal.take_turn(text) IS 'Waits until no other transaction does that work (setup, decks), and keeps it until the end of this one.';

COMMENT ON SCHEMA worldtune IS
  'Prepaid calling: rates, credit checks, call billing. Amounts are numeric credits (1 credit = 1 US dollar), rates are credits a minute, durations are whole seconds.';
