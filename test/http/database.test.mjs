/** A database that is slow, locked, or read-only: whoever is told no is told so in time, and nothing runs on after that. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import pg from 'pg';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { createCluster } from './lib/cluster.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const CONNECTIONS = 8;
const TWILIO_WAITS_MS = 15000;

let cluster, world;

before(async () => {
  cluster = await createCluster();
  world = await startWorld({
    clusterUrl: cluster.url,
    settings: { DATABASE_CONNECTIONS: String(CONNECTIONS), WATCHDOG_SECONDS: '0', RATE_LIMIT_USER: '0' },
  });
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  try {
    await world?.stop();
  } finally {
    await cluster?.stop();
  }
});

const backends = () =>
  world.database.query(`SELECT pid FROM pg_stat_activity WHERE usename = 'worldtune_relay' ORDER BY pid`);

const dial = (user) => new BrowserCall(world, user, JAMAICA).begin();

/** What a user who is in nobody's way gets while `use` goes on. */
async function meanwhile(use) {
  let going = true;
  const done = use().finally(() => (going = false));
  const seen = [];
  while (going) {
    const user = await world.database.addUser();
    const began = performance.now();
    const { text } = await dial(user);
    seen.push({ dialed: text.includes('<Dial'), ms: performance.now() - began });
  }
  await done;
  return seen;
}

/** Holds the lock of the user's row while `use` goes on. */
async function withLockedUser(user, use) {
  const client = new pg.Client(world.database.url);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM public.users WHERE id = $1 FOR UPDATE', [user.id]);
    return await use();
  } finally {
    await client.end();
  }
}

describe('a user whose row is locked', () => {
  it('is told that calls are not available, costs nobody else anything, and holds nothing afterwards', async () => {
    const user = await world.database.addUser('1000');
    let most = 0;
    await withLockedUser(user, async () => {
      const others = await meanwhile(async () => {
        const clients = Array.from({ length: 10 }, async () => {
          for (let turn = 0; turn < 3; turn++) {
            const began = performance.now();
            const { status, text } = await dial(user);
            assert.equal(status, 200);
            assert.match(text, /not available/);
            assert.ok(performance.now() - began < TWILIO_WAITS_MS);
            most = Math.max(most, (await backends()).length);
          }
        });
        await Promise.all(clients);
      });
      assert.ok(others.length >= 3);
      assert.deepEqual(
        others.filter(({ dialed }) => !dialed),
        [],
      );
    });
    assert.ok(most <= CONNECTIONS, `${most} connections at once`);
    const { held, calls } = await world.database.books(user.id);
    assert.deepEqual([held, calls], ['0.000000', []]);
  });
});

describe('a statement that takes too long', () => {
  before(() =>
    world.database.query(`
      CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.slow()`),
  );
  after(() => world.database.query('DROP FUNCTION public.slow() CASCADE'));

  const sleeping = async () =>
    (await world.database.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).length;

  it('is ended before Twilio gives up, and on the server, too', async () => {
    const user = await world.database.addUser();
    const began = performance.now();
    const { status, text } = await dial(user);
    assert.equal(status, 200);
    assert.match(text, /not available/);
    assert.ok(performance.now() - began < TWILIO_WAITS_MS);
    assert.equal(await sleeping(), 0, 'it runs on');
    assert.equal((await world.database.books(user.id)).held, '0.000000');
  });

  it('ends with the relay that asked for it', async () => {
    const user = await world.database.addUser();
    const lost = dial(user).catch(() => {});
    await until('it sleeps', sleeping);
    const began = performance.now();
    await world.killRelay();
    await until('it ends', async () => (await sleeping()) === 0);
    assert.ok(performance.now() - began < 6000, 'the server notices that nobody waits');
    await lost;
    await world.startRelay();
  });
});

describe('a statement that will not be cancelled', () => {
  before(() =>
    world.database.query(`
      CREATE FUNCTION public.stubborn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          FOR i IN 1..20 LOOP -- one request to cancel may be two signals
            BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN query_canceled THEN NULL; END;
          END LOOP;
          RETURN NEW;
        END $$;
      CREATE TRIGGER stubborn BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.stubborn()`),
  );
  after(() => world.database.query('DROP FUNCTION public.stubborn() CASCADE'));

  const running = async () =>
    (await world.database.query(`SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).map(
      ({ pid }) => pid,
    );

  it('costs its connection, runs on for nobody, and its answer is no one else’s', async () => {
    const users = await Promise.all(['3', '4', '5', '6'].map((credit) => world.database.addUser(credit)));
    const [stuck, ...others] = users;
    let going = true;
    const late = dial(stuck).finally(() => (going = false));
    const [pid] = await until('it sleeps', async () => {
      const pids = await running();
      return pids.length > 0 && pids;
    });
    const asked = others.map(async (user, i) => {
      const seen = { 200: 0, 503: 0 };
      while (going || seen.last !== 200) {
        const { status, body } = await world.api('GET', '/api/account', { user });
        if (status === 200) assert.equal(body.balance, `${4 + i}.000000`);
        seen[status]++;
        seen.last = status;
      }
      return seen;
    });
    assert.match((await late).text, /not available/);
    await until('the server has ended it', async () => !(await running()).includes(pid));
    assert.ok(!(await backends()).some((backend) => backend.pid === pid), 'its connection is kept');
    for (const seen of await Promise.all(asked)) {
      assert.ok(seen[200] > seen[503], JSON.stringify(seen));
      assert.equal(Object.keys(seen).length, 3, `neither 200 nor 503: ${JSON.stringify(seen)}`);
    }
    assert.deepEqual(await world.database.books(stuck.id).then(({ held, calls }) => [held, calls]), [
      '0.000000',
      [],
    ]);
  });
});

describe('statements that are slow', () => {
  /** What comes before a row of calls is written takes longer than any statement may. */
  async function whileSlow(event, use) {
    await world.database.query(`
      CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE ${event} ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.slow()`);
    try {
      return await use();
    } finally {
      await world.database.query('DROP FUNCTION public.slow() CASCADE');
    }
  }
  const waiting = async (lane, url = world.url) =>
    Number(
      new RegExp(`^worldtune_database_waiting{lane="${lane}"} (\\d+)$`, 'm').exec(
        (await world.api('GET', '/metrics', { url })).text,
      )?.[1],
    );
  const addUsers = (count) => Promise.all(Array.from({ length: count }, () => world.database.addUser()));

  it('of callers leave a connection to webhooks', async () => {
    const call = new BrowserCall(world, await world.database.addUser(), JAMAICA);
    await call.begin();
    const users = await addUsers(2 * CONNECTIONS);
    await whileSlow('INSERT', async () => {
      const answers = users.map((user) => world.api('POST', '/api/call', { user, json: { to: JAMAICA } }));
      await until('some wait', () => waiting('callers'));
      assert.equal((await world.webhook(...call.following(0)[2])).status, 204);
      for (const { status } of await Promise.all(answers)) assert.equal(status, 503);
    });
  });

  it('of the public leave a connection to callers', async () => {
    const user = await world.database.addUser();
    const [{ result }] = await world.database.query(
      `SELECT pg_get_function_result('worldtune.list_countries'::regproc) AS result`,
    );
    await world.database.query(`
      ALTER FUNCTION worldtune.list_countries RENAME TO true_list_countries;
      CREATE FUNCTION worldtune.list_countries(search text, continent text) RETURNS ${result} LANGUAGE sql AS $$
        SELECT pg_sleep(30); SELECT * FROM worldtune.true_list_countries(search, continent) $$`);
    try {
      const answers = Array.from({ length: 2 * CONNECTIONS }, () => world.api('GET', '/api/rates/countries'));
      await until('some wait', () => waiting('public'));
      assert.equal((await world.api('GET', '/api/account', { user })).status, 200);
      for (const { status } of await Promise.all(answers)) assert.equal(status, 503);
    } finally {
      await world.database.query(`
        DROP FUNCTION worldtune.list_countries;
        ALTER FUNCTION worldtune.true_list_countries RENAME TO list_countries`);
    }
  });

  it('of the watchdog take few connections', async () => {
    const users = await addUsers(CONNECTIONS);
    await Promise.all(users.map(dial));
    await world.database.query(
      "UPDATE worldtune_internal.holds SET due_at = due_at - interval '1 day' WHERE user_id = ANY ($1)",
      [users.map(({ id }) => id)],
    );
    await whileSlow('UPDATE', () =>
      world.withRelay({ WATCHDOG_SECONDS: '1' }, async ({ url }) => {
        const working = await until('each call is worked at or waits', async () => {
          const waits = await waiting('watchdog', url);
          const rows = await world.database.query(
            `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
          );
          return waits + rows.length === CONNECTIONS && rows;
        });
        assert.equal(working.length, CONNECTIONS / 4);
      }),
    );
  });

  it('are waited for by 64 requests, and no more', async () => {
    const users = await addUsers(64 + 3 * CONNECTIONS);
    await whileSlow('INSERT', async () => {
      let [most, answered] = [0, 0];
      const answers = users.map((user) => dial(user).finally(() => answered++));
      await until('the first is told no', async () => {
        most = Math.max(most, await waiting('webhooks'));
        return answered > 0 && most > 0;
      });
      assert.equal(most, 64);
      for (const { text } of await Promise.all(answers)) assert.match(text, /not available/);
    });
  });
});

describe('a database that hangs', () => {
  it('is not waited for by everybody, once that is known', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => world.database.addUser()));
    const [user] = users;
    await dial(user);
    await cluster.signal('SIGSTOP');
    try {
      assert.equal((await world.api('GET', '/api/account', { user })).status, 503);
      const began = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => world.api('GET', '/api/account', { user: users[i % 10] })),
      );
      assert.ok(answers.every(({ status }) => status === 503));
      assert.ok(performance.now() - began < 2500, `${performance.now() - began} ms`);
    } finally {
      await cluster.signal('SIGCONT');
    }
    await until(
      'it serves again',
      async () => (await world.api('GET', '/api/account', { user })).status === 200,
    );
  });
});

describe('a database that became read-only', () => {
  it('is unavailable, not ready, and left for one that takes writes', async () => {
    const user = await world.database.addUser();
    assert.equal((await world.api('GET', '/readyz')).status, 200);
    const before = await backends();
    await world.database.setReadOnly(true);
    try {
      const ready = await world.api('GET', '/readyz');
      assert.deepEqual([ready.status, ready.body.code], [503, 'database_unavailable']);
      const call = await world.api('POST', '/api/call', { user, json: { to: JAMAICA } });
      assert.deepEqual([call.status, call.body.code], [503, 'database_unavailable']);
      assert.ok(call.headers.get('retry-after'));
      const left = (await backends()).filter(({ pid }) => before.some((other) => other.pid === pid));
      assert.deepEqual(left, [], 'connections to the old server are kept');
    } finally {
      await world.database.setReadOnly(false);
    }
    await until('it is ready', async () => (await world.api('GET', '/readyz')).status === 200);
    assert.match((await dial(user)).text, /<Dial/);
  });
});
