/**
 * Decks at their largest and at their busiest: an import of a large file in bounded memory, clients that look up while decks are published, and
 * what sessions keep in memory beside plain SQL over many pairs of numbers.
 * TORTURE_MEGABYTES: how large the file is. TORTURE_SECONDS: how long clients look up. TORTURE_PAIRS: how many pairs of numbers are compared.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase } from '../http/lib/database.mjs';

const SECONDS = Math.min(Number(process.env.TORTURE_SECONDS ?? 5), 60);
const PAIRS = Number(process.env.TORTURE_PAIRS ?? 100_000);
const CLIENTS = 8;
const MEGABYTE = 1 << 20;
const FILE_MEGABYTES = Number(process.env.TORTURE_MEGABYTES ?? 10);
const FILE_ROWS = FILE_MEGABYTES * 10_000;
/** Beside the text itself, which the server holds once as it is stored and once unpacked. */
const IMPORT_MEGABYTES = 100;

let database;
before(async () => (database = await createDatabase()));
after(() => database?.drop());

async function connected(work) {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What the backend itself holds, without the buffers that all share. */
function backendMegabytes(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+) kB/);
  return Number(kilobytes) / 1024;
}

it(`imports ${FILE_MEGABYTES} MB with ${IMPORT_MEGABYTES} MB of memory beside the text`, async () => {
  const row = `format('%s,Land %s,%s,0.%s', 1000000 + n * 3, n % 230, repeat('x', 78), 1 + n % 997)`;
  await database.query(`CREATE TABLE file AS SELECT E'prefix,country,description,rate\\n' || string_agg(${row}, E'\\n') AS csv
    FROM generate_series(0, ${FILE_ROWS - 1}) n`);
  const { bytes } = await database.row('SELECT octet_length(csv) AS bytes FROM file');
  assert.ok(bytes > (FILE_MEGABYTES * MEGABYTE * 95) / 100, `the file has ${bytes} bytes`);
  await connected(async (client) => {
    const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0];
    let done = false;
    const imported = client
      .query(
        'SELECT rates, prefixes FROM worldtune.import_rates((SELECT csv FROM file), allow_losses => true)',
      )
      .finally(() => (done = true));
    let most = 0;
    while (!done) {
      most = Math.max(most, backendMegabytes(pid));
      await delay(20);
    }
    assert.deepEqual((await imported).rows, [{ rates: FILE_ROWS, prefixes: FILE_ROWS }]);
    assert.ok(most > FILE_MEGABYTES, `the text itself was seen: ${most} MB`);
    assert.ok(most < 2 * FILE_MEGABYTES + IMPORT_MEGABYTES, `${most} MB at the most`);
    const { rows } = await client.query(`SELECT worldtune.rate_per_minute('+10000030000') AS rate`);
    assert.equal(rows[0].rate, '0.200000');
  });
});

it(`shows ${CLIENTS} clients one deck or the other while decks are published, never a mixture`, async () => {
  const deck = (price) =>
    `prefix,rate\n${Array.from({ length: 20_000 }, (_, n) => `${10_000 + n * 4},${price}`).join('\n')}\n`;
  const decks = [deck('0.1'), deck('0.2')];
  const publish = (which) =>
    database.query('SELECT worldtune.import_rates($1, allow_losses => true)', [decks[which]]);
  await publish(0);
  const end = performance.now() + SECONDS * 1000;
  const prices = new Set();
  const client = () =>
    connected(async (connection) => {
      while (performance.now() < end) {
        const { rows } = await connection.query({
          name: 'look',
          text: `SELECT DISTINCT worldtune.rate_per_minute('+' || 10000 + n * 4000 || '000000') AS rate FROM generate_series(0, 19) n`,
        });
        assert.equal(rows.length, 1, `one price in a statement, not ${JSON.stringify(rows)}`);
        prices.add(rows[0].rate);
      }
    });
  const publisher = async () => {
    let published = 0;
    while (performance.now() < end) await publish(++published % 2);
    return published;
  };
  const [published] = await Promise.all([publisher(), ...Array.from({ length: CLIENTS }, client)]);
  assert.ok(published > 2, `${published} decks were published`);
  assert.deepEqual([...prices].sort(), ['0.100000', '0.200000']);
});

/** Ten digits, so that prefixes of all lengths, originations and own prices overlap in every way. */
const ORACLE = `
  CREATE FUNCTION pg_temp.digits(shortest int, longest int) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT (1 + floor(random() * 9))::int || coalesce(string_agg(floor(random() * 10)::int::text, ''), '')
    FROM generate_series(2, shortest + floor(random() * (longest - shortest + 1))::int)
  $$;
  INSERT INTO worldtune.rate_decks (name, format, basis, markup, effective_at) VALUES ('random', 'plain', 'max', 0, now());
  INSERT INTO worldtune.rates (deck_id, prefix, origination, rate, rate_min, rate_max, carrier_rate)
    SELECT (SELECT max(id) FROM worldtune.rate_decks), pg_temp.digits(3, 6), CASE WHEN n % 2 = 0 THEN '' ELSE pg_temp.digits(1, 2) END, n / 1000.0, 0, 1, 0
    FROM generate_series(1, 3000) n ON CONFLICT DO NOTHING;
  INSERT INTO worldtune.rate_overrides (prefix, rate, connection_fee)
    SELECT pg_temp.digits(3, 6), CASE WHEN n % 3 > 0 THEN 10 + n / 1000.0 END, CASE WHEN n % 3 < 2 THEN n / 1000.0 END FROM generate_series(1, 100) n ON CONFLICT DO NOTHING;
  SELECT worldtune.activate_deck(max(id)) FROM worldtune.rate_decks;
  CREATE TEMP TABLE in_force AS SELECT * FROM worldtune.rates WHERE deck_id = worldtune.deck_in_force();
  CREATE TEMP TABLE pairs AS SELECT n AS id, pg_temp.digits(8, 12) AS number, CASE WHEN n % 4 > 0 THEN pg_temp.digits(8, 12) END AS caller_id
    FROM generate_series(1, $PAIRS) n;
  ANALYZE pairs, in_force, worldtune.rate_overrides`;

it(`prices ${PAIRS} pairs of numbers as plain SQL does`, () =>
  connected(async (client) => {
    const { seed } = (await client.query('SELECT random() AS seed')).rows[0];
    await client.query('SELECT setseed($1)', [seed]);
    await client.query(ORACLE.replace('$PAIRS', PAIRS));
    const { rows } = await client.query(`
      WITH begun AS MATERIALIZED (
        SELECT p.*, left(number, digits) AS prefix FROM pairs p, generate_series(3, 6) digits
      ), deck AS MATERIALIZED (
        SELECT DISTINCT ON (b.id) b.id, r.prefix, r.rate, r.connection_fee FROM begun b JOIN in_force r USING (prefix)
        WHERE r.origination = '' OR starts_with(b.caller_id, r.origination)
        ORDER BY b.id, length(r.prefix) DESC, length(r.origination) DESC
      ), own AS MATERIALIZED (
        SELECT DISTINCT ON (b.id) b.id, o.prefix, o.rate, o.connection_fee FROM begun b JOIN worldtune.rate_overrides o USING (prefix)
        ORDER BY b.id, length(o.prefix) DESC
      ), expected AS (
        SELECT p.*, coalesce(own.prefix, deck.prefix) AS prefix, coalesce(own.rate, deck.rate) AS rate, coalesce(own.connection_fee, deck.connection_fee, 0) AS connection_fee
        FROM pairs p LEFT JOIN deck USING (id) LEFT JOIN own USING (id)
      )
      SELECT count(*)::int AS pairs, count(e.rate)::int AS rated, (count(*) FILTER (WHERE e.prefix IS NOT NULL AND e.connection_fee > 0))::int AS own,
        (count(*) FILTER (WHERE CASE WHEN e.rate IS NULL THEN l.rate IS NOT NULL ELSE (e.prefix, e.rate, e.connection_fee) IS DISTINCT FROM (l.prefix, l.rate, l.connection_fee) END))::int AS wrong
      FROM expected e LEFT JOIN LATERAL (SELECT prefix, rate, connection_fee FROM worldtune.lookup_rate(e.number, e.caller_id)) l ON true`);
    const [{ pairs, rated, own, wrong }] = rows;
    assert.equal(pairs, PAIRS);
    assert.ok(
      rated > PAIRS / 5 && rated < PAIRS && own > PAIRS / 100,
      `seed ${seed}: ${rated} rated, ${own} with an own fee`,
    );
    assert.equal(wrong, 0, `seed ${seed}`);
  }));
