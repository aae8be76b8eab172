/** The recipes of docs/restore.md, as they stand there, on a database whose owner is no superuser; the books, proved after each. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const suffix = randomBytes(6).toString('hex');
const OWNER = `restore_owner_${suffix}`;
const PASSWORD = 'password-of-the-tests';
const USER = '00000000-0000-0000-0000-00000000000a';
const BINARIES = (await run(process.env.PG_CONFIG ?? 'pg_config', ['--bindir'])).stdout.trim();

const text = await readFile(new URL('../../docs/restore.md', import.meta.url), 'utf8');
const recipes = [...text.matchAll(/^## (.+)$(?:(?!^## )[^])*?```sh\n([^]*?)```/gm)].map(
  ([, title, commands]) => ({ title, commands }),
);
const ANEW = 'Making the extension anew';

/** Everything that must not be lost, one row each. */
const KEPT = `
  SELECT 'users' AS what, json_agg(u ORDER BY id)::text AS rows FROM public.users u
  UNION ALL SELECT 'calls', json_agg(c ORDER BY id)::text FROM public.call_logs c
  UNION ALL SELECT 'payments', json_agg(t ORDER BY id)::text FROM public.transactions t
  UNION ALL SELECT 'ledger', json_agg(l ORDER BY id)::text FROM public.credit_ledger l
  UNION ALL SELECT 'details', json_agg(d ORDER BY entry_id)::text FROM worldtune.ledger_details d
  UNION ALL SELECT 'holds', json_agg(json_build_array(call_id, user_id, credits) ORDER BY call_id)::text FROM worldtune_internal.holds
  UNION ALL SELECT 'settings', json_agg(s)::text FROM worldtune.settings s
  UNION ALL SELECT 'settings history', json_agg(s ORDER BY s::text)::text FROM worldtune.settings_history s
  UNION ALL SELECT 'limits', json_agg(m)::text FROM worldtune.user_limits m
  UNION ALL SELECT 'own prices', json_agg(o)::text FROM worldtune.rate_overrides o
  UNION ALL SELECT 'blocks', json_agg(b ORDER BY prefix)::text FROM worldtune.destination_blocks b
  UNION ALL SELECT 'decks', json_agg(to_jsonb(d) - 'revision' ORDER BY id)::text FROM worldtune.rate_decks d
  UNION ALL SELECT 'activations', json_agg(a ORDER BY id)::text FROM worldtune.deck_activations a
  UNION ALL SELECT 'rates', json_agg(r ORDER BY deck_id, prefix)::text FROM worldtune.rates r`;

function url(database, user, password) {
  const changed = new URL(process.env.TEST_DATABASE_URL);
  changed.pathname = `/${database}`;
  if (user) Object.assign(changed, { username: user, password });
  return changed.href;
}

async function query(address, sql, values) {
  const client = new pg.Client(address);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const admin = (sql) => query(process.env.TEST_DATABASE_URL, sql);

async function plant(address) {
  await query(address, 'CREATE EXTENSION pg_worldtune');
  await query(address, 'SELECT * FROM worldtune.setup()');
  await query(
    address,
    `SELECT * FROM worldtune.import_rates(E'prefix,rate\\n44,0.60\\n39,0.10\\n');
     INSERT INTO public.users (id) VALUES ('${USER}');
     SELECT worldtune.add_credits('${USER}', 20, 'pi_1', 20);
     SELECT * FROM worldtune.authorize_call('${USER}', '+442079460958', 'CA1');
     SELECT * FROM worldtune.record_call_status('CA1', 'completed', 61);
     UPDATE worldtune.settings SET max_call_seconds = 600, max_concurrent_calls = 3;
     INSERT INTO worldtune.user_limits (user_id, max_concurrent_calls) VALUES ('${USER}', 2);
     INSERT INTO worldtune.rate_overrides (prefix, rate, reason) VALUES ('4420', 0.5, 'a friend');
     DELETE FROM worldtune.destination_blocks WHERE prefix = '4470';
     SELECT worldtune.adjust_credits('${USER}', -1, 'because');`,
  );
  await query(address, `SELECT * FROM worldtune.authorize_call('${USER}', '+442079460958', 'CA2')`);
}

describe('docs/restore.md', () => {
  const source = `restore_source_${suffix}`;
  let kept;

  before(async () => {
    await admin(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${PASSWORD}'`);
    await admin(`CREATE DATABASE ${source} OWNER ${OWNER}`);
    await plant(url(source));
    kept = await query(url(source), KEPT);
    assert.ok(
      kept.every(({ rows }) => rows !== null),
      `nothing to lose: ${JSON.stringify(kept.filter(({ rows }) => rows === null))}`,
    );
  });
  after(async () => {
    await admin(`DROP DATABASE IF EXISTS ${source}`);
    await admin(`DROP ROLE IF EXISTS ${OWNER}`);
  });

  it('has recipes', () => assert.ok(recipes.length >= 5));

  for (const [i, { title, commands }] of recipes.filter(({ title }) => title !== ANEW).entries())
    it(title, async () => {
      const target = `restore_target_${suffix}_${i}`;
      const folder = await mkdtemp(join(tmpdir(), 'restore-'));
      await admin(`CREATE DATABASE ${target} OWNER ${OWNER}`);
      try {
        await run('bash', ['-c', commands], {
          cwd: folder,
          env: {
            ...process.env,
            PATH: `${BINARIES}:${process.env.PATH}`,
            SOURCE: url(source, OWNER, PASSWORD),
            TARGET: url(target),
            TARGET_OWNER: url(target, OWNER, PASSWORD),
          },
        });
        for (const [row, { what, rows }] of (await query(url(target), KEPT)).entries())
          assert.equal(rows, kept[row].rows, what);
        assert.deepEqual(await query(url(target), 'SELECT * FROM worldtune.check_integrity()'), []);
        assert.deepEqual(await query(url(target), 'SELECT * FROM worldtune.audit()'), []);
        const [settled] = await query(
          url(target),
          `SELECT billed FROM worldtune.record_call_status('CA2', 'completed', 61)`,
        );
        assert.ok(settled.billed, 'the call in progress is settled');
        assert.deepEqual(await query(url(target), 'SELECT * FROM worldtune.check_integrity()'), []);
      } finally {
        await admin(`DROP DATABASE ${target} WITH (FORCE)`);
        await rm(folder, { recursive: true });
      }
    });

  it('stops at the first failure', async () => {
    const nowhere = 'postgresql://nobody@127.0.0.1:1/nowhere';
    const env = { ...process.env, PATH: `${BINARIES}:${process.env.PATH}`, TARGET: url(source) };
    for (const { title, commands } of recipes)
      await assert.rejects(
        run('bash', ['-c', commands], {
          cwd: tmpdir(),
          env: { ...env, OWNER, SOURCE: nowhere, DATABASE: nowhere, TARGET_OWNER: nowhere },
        }),
        { stdout: '' },
        title,
      );
  });

  it(ANEW, async () => {
    const database = `restore_anew_${suffix}`;
    const folder = await mkdtemp(join(tmpdir(), 'restore-'));
    await admin(`CREATE DATABASE ${database} OWNER ${OWNER}`);
    try {
      await plant(url(database));
      await query(url(database), `SELECT worldtune.suspend_user('${USER}', 'fraud')`);
      const before = await query(url(database), KEPT);
      await run('bash', ['-c', recipes.find(({ title }) => title === ANEW).commands], {
        cwd: folder,
        env: { ...process.env, PATH: `${BINARIES}:${process.env.PATH}`, DATABASE: url(database) },
      });
      for (const [row, { what, rows }] of (await query(url(database), KEPT)).entries())
        assert.equal(rows, before[row].rows, what);
      const [{ reason }] = await query(
        url(database),
        `SELECT reason FROM worldtune.user_check_credit('${USER}', '+442079460958')`,
      );
      assert.equal(reason, 'suspended');
      assert.deepEqual(await query(url(database), 'SELECT * FROM worldtune.check_integrity()'), []);
      assert.deepEqual(await query(url(database), 'SELECT * FROM worldtune.audit()'), []);
    } finally {
      await admin(`DROP DATABASE ${database} WITH (FORCE)`);
      await rm(folder, { recursive: true });
    }
  });
});
