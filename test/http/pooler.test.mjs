/** PgBouncer in transaction mode between relay and database: few connections of the server's, shared statement by statement. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA, settled } from './lib/calls.mjs';
import { freePort } from './lib/cluster.mjs';
import { assertGapless, openPage } from './lib/live.mjs';
import { startProgram } from './lib/processes.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const SERVER_CONNECTIONS = 3;
const CALLS = 40;

let world, pooler;

/** For the database that this URL names, and for its user. */
async function startPooler(url) {
  const { hostname, port: serverPort, username, password, pathname } = new URL(url);
  const directory = await mkdtemp(join(tmpdir(), 'worldtune-pooler-'));
  const users = join(directory, 'users');
  await writeFile(users, `"${username}" "${password}"\n`, { mode: 0o600 });
  const port = await freePort();
  const configuration = join(directory, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `${pathname.slice(1)} = host=${hostname} port=${serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    `default_pool_size = ${SERVER_CONNECTIONS}`,
  ];
  await writeFile(configuration, lines.join('\n'));
  const options = { stdio: ['ignore', 'ignore', 'pipe'], env: { LANG: 'C' } };
  const { child, ended } = startProgram('/usr/sbin/pgbouncer', [configuration], options);
  const said = [];
  const up = new Promise((resolve) =>
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      if (line.includes('process up')) resolve(true);
    }),
  );
  assert.ok(
    await Promise.race([up, ended.then(() => false)]),
    `PgBouncer did not start:\n${said.join('\n')}`,
  );
  return {
    url: Object.assign(new URL(url), { port }).href,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

before(async () => {
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } });
  const direct = world.database.relayUrl;
  pooler = await startPooler(direct);
  Object.assign(world.settings, { DATABASE_URL: pooler.url, DATABASE_LISTEN_URL: direct });
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  await pooler?.stop();
});

async function restartRelay(DATABASE_PREPARE) {
  await world.relay.stop();
  Object.assign(world.settings, { DATABASE_PREPARE });
  await world.startRelay();
}

async function callFor(user) {
  const call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  for (const [path, parameters] of call.following(61)) {
    const { status, text } = await world.webhook(path, parameters);
    assert.ok(status < 300, `${path}: ${status} ${text}`);
  }
  return call;
}

const CREDITS = Array.from({ length: CALLS }, (_, i) => String(10 + i));

/** Many users at once, each with a balance of its own: every answer is the asker's. */
async function callAtOnce() {
  await Promise.all(
    CREDITS.map(async (credit) => {
      const user = await world.database.addUser(credit);
      await callFor(user);
      const { status, body } = await world.api('GET', '/api/account', { user });
      const left = (Number(credit) - 0.82).toFixed(6);
      assert.deepEqual([status, body.balance, body.held], [200, left, '0.000000']);
      assert.equal((await world.database.books(user.id)).balance, left);
    }),
  );
}

describe('a relay behind PgBouncer, with DATABASE_PREPARE=off', () => {
  before(() => restartRelay('off'));

  it('bills a call, and tells the pages', async () => {
    const user = await world.database.addUser();
    const page = await openPage(world.relay.liveUrl, user);
    const call = await callFor(user);
    assert.deepEqual(await world.database.books(user.id), settled(call));
    await page.untilEvent('credit.changed', ({ balance }) => balance === '9.180000');
    await page.untilEvent('call.ended');
    assertGapless(page.events, page.ready.seq + 1);
    await page.leave();
  });

  it('serves more callers than there are connections, each with the own answer', async () => {
    await callAtOnce();
    assert.ok(!world.relay.log.some((line) => line.includes('prepared_statements_lost')));
  });

  it('mutes a call by its page', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    const page = await openPage(world.relay.liveUrl, user);
    const json = { callSid: call.sid, muted: true };
    const answer = world.api('POST', '/api/twilio/mute', { user, json });
    const { id } = await page.untilEvent('call.mute');
    page.send({ type: 'call.muted', ...json, id });
    const { status, body } = await answer;
    assert.deepEqual([status, body], [200, { success: true, ...json, by: 'client' }]);
    await page.leave();
  });

  it('ends a statement that takes too long on the server, too', async () => {
    const user = await world.database.addUser();
    await world.database.query(`
      CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.slow()`);
    try {
      const { status, text } = await new BrowserCall(world, user, JAMAICA).begin();
      assert.equal(status, 200);
      assert.match(text, /not available/);
      await until('nothing runs on', async () => {
        const { sleeping } = await world.database.row(
          `SELECT count(*)::int AS sleeping FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
        );
        return sleeping === 0;
      });
      assert.equal((await world.database.books(user.id)).held, '0.000000');
    } finally {
      await world.database.query('DROP FUNCTION public.slow() CASCADE');
    }
  });
});

describe('a relay behind PgBouncer that was not told', () => {
  before(() => restartRelay('on'));

  it('finds it out, and serves all the same', () => callAtOnce());
});
