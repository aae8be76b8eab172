-- Makes the extension anew from the SQL that is installed now, where the database has that of an earlier state: the version alone does not tell, for
-- an unreleased one has no upgrade scripts. Users, calls, payments and the ledger are not the extension's and stay; what the operator chose is carried over.
-- setup() comes after it.

BEGIN;
DO $$
DECLARE
  held record;
BEGIN
  FOR held IN SELECT c.oid::regclass AS name, c.relname FROM pg_extension e, unnest(e.extconfig) t(id) JOIN pg_class c ON c.oid = t.id AND c.relkind = 'r'
      WHERE e.extname = 'pg_worldtune' LOOP
    EXECUTE format('CREATE TEMP TABLE %I ON COMMIT DROP AS TABLE %s', 'held_' || held.relname, held.name);
  END LOOP;
END
$$;
DROP EXTENSION pg_worldtune CASCADE;
-- Purchases and charge-backs had an index each, where worldtune_ledger_payment serves both now.
DROP INDEX IF EXISTS public.worldtune_ledger_purchase, public.worldtune_ledger_chargeback;
CREATE EXTENSION pg_worldtune;
DO $$
DECLARE
  table_of record;
  columns text;
  sequence text;
BEGIN
  -- Decks before their rates, and rates before they are published.
  FOR table_of IN SELECT c.oid AS id, c.oid::regclass AS name, to_regclass(quote_ident('held_' || c.relname)) AS held FROM pg_extension e, unnest(e.extconfig) WITH ORDINALITY t(id, place)
      JOIN pg_class c ON c.oid = t.id AND c.relkind = 'r' WHERE e.extname = 'pg_worldtune'
      ORDER BY coalesce(array_position(ARRAY['rate_decks', 'rates', 'deck_activations'], c.relname::text), 4), t.place LOOP
    CONTINUE WHEN table_of.held IS NULL;
    SELECT string_agg(quote_ident(a.attname), ', ') INTO columns FROM pg_attribute a JOIN pg_attribute h ON h.attrelid = table_of.held AND h.attname = a.attname
    WHERE a.attrelid = table_of.id AND a.attnum > 0 AND a.attgenerated = '' AND NOT a.attisdropped;
    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM %s', table_of.name, columns, table_of.held);
    FOR sequence IN SELECT format('SELECT setval(%L, max(%I)) FROM %s', pg_get_serial_sequence(table_of.name::text, attname), attname, table_of.name)
        FROM pg_attribute WHERE attrelid = table_of.id AND attidentity <> '' LOOP
      EXECUTE sequence;
    END LOOP;
  END LOOP;
  -- Before activations had a table of their own a deck took effect once.
  IF to_regclass('held_deck_activations') IS NULL THEN
    INSERT INTO worldtune.deck_activations (deck_id, effective_at, scheduled_at, scheduled_by)
    SELECT id, effective_at, imported_at, imported_by FROM worldtune.rate_decks ORDER BY effective_at, id;
  END IF;
END
$$;
COMMIT;
