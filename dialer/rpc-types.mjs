/**
 * Types of the extension's functions, from the catalog: DATABASE_URL=… node dialer/rpc-types.mjs >dialer/src/api/rpc.ts
 * The shape is that of Supabase's own generator, so that createClient<Database>() takes it.
 */
import pg from 'pg';
import { format, resolveConfig } from 'prettier';

const FUNCTIONS = `
  SELECT p.proname AS name, p.proretset AS set,
         rt.typname AS returned, rt.typtype AS kind,
         coalesce(p.proargnames, '{}') AS names, p.pronargdefaults AS defaults, coalesce(p.proargmodes::text[], '{}') AS modes,
         ARRAY(SELECT t.typname::text FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(type, n)
                 JOIN pg_type t ON t.oid = a.type ORDER BY a.n) AS types
    FROM pg_proc p JOIN pg_type rt ON rt.oid = p.prorettype
   WHERE p.pronamespace = 'worldtune'::regnamespace AND p.prokind = 'f' AND rt.typname NOT IN ('trigger', 'event_trigger')
   ORDER BY p.proname, p.pronargs`;

const COLUMNS = `
  SELECT c.relname AS composite, a.attname AS name, t.typname AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
   WHERE c.relnamespace = 'worldtune'::regnamespace AND c.reltype IN (SELECT prorettype FROM pg_proc WHERE pronamespace = c.relnamespace)
     AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY c.relname, a.attnum`;

/** As PostgREST writes JSON: numeric and whole numbers as numbers, everything that has no JSON of its own as text. */
const SCALARS = {
  bool: 'boolean',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  numeric: 'number',
  float8: 'number',
  json: 'unknown',
  jsonb: 'unknown',
  void: 'undefined',
};

const scalar = (type) => (type.startsWith('_') ? `${scalar(type.slice(1))}[]` : (SCALARS[type] ?? 'string'));

function fields(entries) {
  if (entries.length === 0) return 'Record<string, never>';
  return `{ ${entries.map(({ name, type, optional }) => `${name}${optional ? '?' : ''}: ${type}`).join('; ')} }`;
}

const nullable = (list) => fields(list.map((one) => ({ ...one, type: `${one.type} | null` })));

function describe({ name, set, returned, kind, names, types, modes, defaults }) {
  const all = types.map((type, n) => ({
    name: names[n] || `_${n + 1}`,
    type: scalar(type),
    mode: modes[n] ?? 'i',
  }));
  const given = all.filter(({ mode }) => 'ibv'.includes(mode));
  const told = all.filter(({ mode }) => 'obt'.includes(mode));
  const args = given.map((one, n) => ({ ...one, optional: n >= given.length - defaults }));
  const row =
    kind === 'c'
      ? `Database['worldtune']['CompositeTypes']['${returned}']`
      : told.length
        ? nullable(told)
        : scalar(returned);
  return `${name}: { Args: ${fields(args)}; Returns: ${set ? `(${row})[]` : row} };`;
}

export async function rpcTypes(url) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows: functions } = await client.query(FUNCTIONS);
    const { rows } = await client.query(COLUMNS);
    const columns = rows.map((column) => ({ ...column, type: scalar(column.type) }));
    const composites = [...new Set(columns.map(({ composite }) => composite))]
      .map((name) => `${name}: ${nullable(columns.filter(({ composite }) => composite === name))};`)
      .join('\n');
    const body = functions.map(describe).join('\n');
    const text = `/** Made by rpc-types.mjs from the extension's catalog; do not edit. */
export interface Database { worldtune: { Tables: Record<string, never>; Views: Record<string, never>; CompositeTypes: {
${composites}
}; Functions: {
${body}
} } }`;
    return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'typescript' });
  } finally {
    await client.end();
  }
}

if (process.argv[1] === import.meta.filename) process.stdout.write(await rpcTypes(process.env.DATABASE_URL));
