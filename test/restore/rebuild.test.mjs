/** What `make run` does with a home that an earlier state made: scripts/demo.sql on a cluster that has that state's extension. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { createCluster } from '../http/lib/cluster.mjs';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
/** The last state before setup() and audit() shared a specification: holds on users, costs on call_logs, decks without activations. */
const EARLIER = '7b655bcd83e8';
const USER = '00000000-0000-0000-0000-00000000000a';

const git = (...args) =>
  run('git', ['-c', 'safe.directory=*', '-C', ROOT, ...args], { maxBuffer: 2 ** 26, encoding: 'buffer' });

const hasEarlier = await git('cat-file', '-e', `${EARLIER}^{commit}`).then(
  () => true,
  () => false,
);

/** The earlier state's extension, installed below `folder`; answers the directory for extension_destdir. */
async function buildEarlier(folder, bindir) {
  const archive = join(folder, 'earlier.tar');
  const make = (...args) =>
    run('make', ['-C', join(folder, 'pg_worldtune'), `PG_CONFIG=${join(bindir, 'pg_config')}`, ...args], {
      env: { PATH: process.env.PATH },
    });
  await git('archive', `--output=${archive}`, EARLIER, 'pg_worldtune', 'rates', 'scripts');
  await run('tar', ['-x', '-C', folder, '-f', archive]);
  await make();
  await make('install', `DESTDIR=${join(folder, 'stage')}`);
  return join(folder, 'stage');
}

const demo = (cluster, root) =>
  run(join(cluster.bindir, 'psql'), ['-X', '-q', '-d', cluster.url, '-f', 'scripts/demo.sql'], {
    cwd: root,
    env: {
      ...process.env,
      RELAY_PASSWORD: 'x',
      DEMO_USER_ID: USER,
      PGOPTIONS: '-c client_min_messages=warning',
    },
  });

async function query(cluster, sql) {
  const client = new pg.Client(cluster.url.replace(/postgres$/, 'worldtune'));
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it(
  'make run on the home of an earlier state keeps users, calls, ledger and decks',
  { skip: !hasEarlier },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earlier-'));
    const cluster = await createCluster();
    const { destdir } = cluster;
    try {
      await cluster.stop();
      cluster.destdir = await buildEarlier(folder, cluster.bindir);
      await cluster.start();
      await demo(cluster, folder);
      await query(
        cluster,
        `SELECT * FROM worldtune.authorize_call('${USER}', '+442079460958', 'CA1');
       SELECT * FROM worldtune.record_call_status('CA1', 'completed', 61);
       SELECT * FROM worldtune.reconcile_call('CA1', 'completed', 61, 0.02);
       UPDATE worldtune.settings SET max_call_seconds = 3600, max_concurrent_calls = 7;
       INSERT INTO worldtune.rate_overrides (prefix, rate, reason) VALUES ('39', 0.5, 'a friend');
       DELETE FROM worldtune.destination_blocks WHERE prefix = '4470';
       SELECT * FROM worldtune.authorize_call('${USER}', '+442079460958', 'CA2');`,
      );
      const money = `SELECT credit_balance, (SELECT json_agg(json_build_array(id, delta, balance_after, kind, call_id) ORDER BY id)::text FROM public.credit_ledger) AS ledger,
      (SELECT json_agg(json_build_array(id, call_sid, status, credits_used, rate, prefix, deck_id) ORDER BY id)::text FROM public.call_logs) AS calls,
      (SELECT count(*) FROM worldtune.rates) AS rates, (SELECT json_agg(json_build_array(id, name, effective_at))::text FROM worldtune.rate_decks) AS decks FROM public.users`;
      const kept = await query(cluster, money);
      await cluster.stop();

      cluster.destdir = destdir;
      await cluster.start();
      assert.match((await demo(cluster, ROOT)).stdout, /made anew/);
      assert.deepEqual(await query(cluster, money), kept);
      const [chosen] = await query(
        cluster,
        `SELECT max_call_seconds, max_concurrent_calls, (SELECT rate FROM worldtune.rate_overrides WHERE prefix = '39') AS own_price,
         EXISTS (SELECT FROM worldtune.destination_blocks WHERE prefix = '4470') AS blocked, worldtune.deck_in_force() AS deck,
         (SELECT array_agg(indexname ORDER BY indexname) FROM pg_indexes WHERE tablename = 'credit_ledger' AND indexdef LIKE '%transaction_id%') AS indexes,
         (SELECT amount FROM worldtune.carrier_charges WHERE item = 'both_legs') AS cost, (SELECT sum(credits) FROM worldtune_internal.holds) AS held
       FROM worldtune.settings`,
      );
      assert.deepEqual(chosen, {
        max_call_seconds: 3600,
        max_concurrent_calls: 7,
        own_price: '0.500000',
        blocked: false,
        deck: '1',
        indexes: '{worldtune_ledger_payment}',
        cost: '0.020000',
        held: '0.900000',
      });
      assert.deepEqual(await query(cluster, 'SELECT * FROM worldtune.check_integrity()'), []);
      assert.deepEqual(await query(cluster, 'SELECT * FROM worldtune.audit()'), []);
      const [settled] = await query(
        cluster,
        `SELECT billed FROM worldtune.record_call_status('CA2', 'completed', 61)`,
      );
      assert.ok(settled.billed, 'the call in progress is settled');
      assert.doesNotMatch((await demo(cluster, ROOT)).stdout, /made anew/);
      assert.deepEqual(await query(cluster, 'SELECT * FROM worldtune.check_integrity()'), []);
    } finally {
      await cluster.stop();
      await rm(folder, { recursive: true });
    }
  },
);
